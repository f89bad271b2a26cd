using System.Globalization;
using LoraCluster.Grains.Blobs;
using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>Predictions that evaluations keep: blobs <c>JOB/predictions/WORKER/CHUNK</c>.</summary>
public sealed class PredictionStore(BlobStore blobs)
{
    // A text of 2,000 characters has at most 8,000 bytes; a row's numbers add some for each class.
    private const int MostChunkBytes = BlobStore.MaxBytes / 2;
    private const int LongestText = 2_000;

    private static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions.Standard.WithSecurity(MessagePackSecurity.UntrustedData);

    /// <summary>A text as it is kept.</summary>
    public static string Shorten(string text) => text.Length <= LongestText ? text
        : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];

    /// <summary>Writes a worker's rows. Returns the number of chunks.</summary>
    public async Task<int> WriteAsync(string jobId, int worker, IEnumerable<Prediction> rows, CancellationToken stopping)
    {
        var chunk = new List<Prediction>();
        int filled = 0, chunks = 0;
        async Task FlushAsync()
        {
            if (chunk.Count == 0) return;
            byte[] bytes = MessagePackSerializer.Serialize(chunk, Options, CancellationToken.None);
            await blobs.WriteAsync(BlobStore.KeyOf(PrefixOf(jobId, worker), chunks++), bytes);
            chunk.Clear();
            filled = 0;
        }
        foreach (Prediction row in rows)
        {
            stopping.ThrowIfCancellationRequested();
            int size = row.Text.Length * 4 + row.Probabilities.Count * 5 + 32;
            if (filled + size > MostChunkBytes) await FlushAsync();
            chunk.Add(row);
            filled += size;
        }
        await FlushAsync();
        return chunks;
    }

    /// <summary>A chunk, numbered over all workers.</summary>
    /// <exception cref="ClusterRequestException">There is none, or it cannot be read.</exception>
    public async Task<PredictionChunk> ReadAsync(string jobId, IReadOnlyList<int> chunksByWorker, int chunk)
    {
        int all = chunksByWorker.Sum(), left = chunk, worker = 0;
        if (chunk < 0 || chunk >= all)
            throw new ClusterRequestException(string.Create(CultureInfo.InvariantCulture, $"chunk is {chunk}; {jobId} has {all}"));
        while (left >= chunksByWorker[worker]) left -= chunksByWorker[worker++];
        try
        {
            byte[] bytes = await blobs.ReadAsync(BlobStore.KeyOf(PrefixOf(jobId, worker), left));
            return new PredictionChunk(all, MessagePackSerializer.Deserialize<Prediction[]>(bytes, Options));
        }
        catch (BlobException e) { throw new ClusterRequestException($"the predictions of {jobId} cannot be read: {e.Message}"); }
    }

    /// <summary>Deletes what the workers of a job kept.</summary>
    public async Task DeleteAsync(string jobId, int workers)
    {
        for (int worker = 0; worker < workers; worker++) await blobs.DeleteChunksAsync(PrefixOf(jobId, worker));
    }

    private static string PrefixOf(string jobId, int worker) =>
        string.Create(CultureInfo.InvariantCulture, $"{jobId}/predictions/{worker}");
}
