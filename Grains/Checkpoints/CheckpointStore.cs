using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using LoraCluster.Grains.Blobs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Checkpoints;

/// <summary>
/// Checkpoints as chunked blobs <c>run/slot/chunk</c> in two slots used in turn. A slot's chunks are written whole before anyone names
/// them (the run grain's state does), so the checkpoint named before stays whole whatever happens meanwhile.
/// </summary>
public sealed class CheckpointStore(BlobStore blobs)
{
    /// <summary>Slots of a run.</summary>
    public const int Slots = 2;
    private const int ChunkBytes = 512 * 1024;

    /// <summary>Writes a state into a slot, which must not be the one that holds the last good checkpoint.</summary>
    public async Task<CheckpointRef> WriteAsync(string runId, int slot, TrainingState state, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        int chunks = 0;
        foreach (byte[] chunk in Chunked(CheckpointCodec.Write(state)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            sha.AppendData(chunk);
            await blobs.WriteAsync(BlobStore.KeyOf(PrefixOf(runId, slot), chunks), chunk);
            length += chunk.Length;
            chunks++;
        }
        return new CheckpointRef(slot, state.Step, length, chunks, Convert.ToHexStringLower(sha.GetHashAndReset()));
    }

    /// <summary>The state of a checkpoint.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged or of another version.</exception>
    public async Task<TrainingState> ReadAsync(string runId, CheckpointRef checkpoint)
    {
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Segment? first = null, last = null;
            for (int k = 0; k < checkpoint.Chunks; k++)
            {
                byte[] chunk = await blobs.ReadAsync(BlobStore.KeyOf(PrefixOf(runId, checkpoint.Slot), k));
                sha.AppendData(chunk);
                last = new Segment(chunk, last);
                first ??= last;
            }
            string actual = Convert.ToHexStringLower(sha.GetHashAndReset());
            if (!string.Equals(actual, checkpoint.Sha256, StringComparison.Ordinal))
                throw new CheckpointException($"its SHA-256 is {actual}, not {checkpoint.Sha256}");
            return CheckpointCodec.Read(new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length));
        }
        catch (Exception e) when (e is BlobException or CheckpointException)
        {
            throw new CheckpointException(
                string.Create(CultureInfo.InvariantCulture,
                $"the checkpoint of {runId} at step {checkpoint.Step} cannot be used: {e.Message}"), e);
        }
    }

    /// <summary>Deletes everything in both slots, unfinished checkpoints too.</summary>
    public async Task DeleteAsync(string runId)
    {
        for (int slot = 0; slot < Slots; slot++) await blobs.DeleteChunksAsync(PrefixOf(runId, slot));
    }

    private static string PrefixOf(string runId, int slot) => string.Create(CultureInfo.InvariantCulture, $"{runId}/{slot}");

    private static IEnumerable<byte[]> Chunked(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        long left = pieces.Sum(p => (long)p.Length);
        int piece = 0, offset = 0;
        while (left > 0)
        {
            byte[] chunk = GC.AllocateUninitializedArray<byte>((int)Math.Min(left, ChunkBytes));
            for (int filled = 0; filled < chunk.Length;)
            {
                int count = Math.Min(chunk.Length - filled, pieces[piece].Length - offset);
                pieces[piece].Span.Slice(offset, count).CopyTo(chunk.AsSpan(filled));
                filled += count;
                offset += count;
                if (offset < pieces[piece].Length) continue;
                piece++;
                offset = 0;
            }
            left -= chunk.Length;
            yield return chunk;
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
