using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace LoraCluster.Grains.Blobs;

/// <summary>
/// Blobs of at most 1 MiB under fixed keys, straight in the grain storage provider of that name: any silo reads and writes them, and none
/// keeps their bytes in memory. What is written often is overwritten under the same key, since the embedded store never gives up the disk
/// space of new keys. Thread-safe.
/// </summary>
public sealed class BlobStore([FromKeyedServices(BlobStore.ProviderName)] IGrainStorage storage)
{
    /// <summary>Name of the storage provider.</summary>
    public const string ProviderName = "blobs";

    /// <summary>Most bytes of a blob.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxRememberedTags = 4096;
    private const string StateName = "blob";
    private static readonly GrainType KeyType = GrainType.Create("loracluster.blob");

    // The provider wants the version that is overwritten; remembering it saves reading the old bytes. A second writer of the same key is
    // found out by it: the write of the one with the older version fails.
    private readonly ConcurrentDictionary<string, string?> _etags = new(StringComparer.Ordinal);

    /// <summary>Writes a blob over whatever the key held.</summary>
    public async Task WriteAsync(string key, byte[] bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"a blob of {bytes.Length} bytes; allowed are {MaxBytes}"));
        GrainState<BlobRecord> state = _etags.TryGetValue(key, out string? etag)
            ? new GrainState<BlobRecord>(new BlobRecord(), etag) { RecordExists = true }
            : await ReadStateAsync(key);
        state.State = new BlobRecord { Hash = XxHash128.Hash(bytes), Bytes = bytes };
        _etags.TryRemove(key, out _);
        await storage.WriteStateAsync(StateName, IdOf(key), state);
        if (_etags.Count >= MaxRememberedTags) _etags.Clear();
        _etags[key] = state.ETag;
    }

    /// <summary>The blob's bytes.</summary>
    /// <exception cref="BlobException">There is none, or its bytes do not match their hash.</exception>
    public async Task<byte[]> ReadAsync(string key)
    {
        GrainState<BlobRecord> state = await ReadStateAsync(key);
        if (!state.RecordExists || state.State is not { } record) throw new BlobException($"there is no blob '{key}'");
        bool whole = XxHash128.Hash(record.Bytes).AsSpan().SequenceEqual(record.Hash);
        return whole ? record.Bytes : throw new BlobException($"the bytes of blob '{key}' do not match their hash");
    }

    /// <summary>Deletes a blob. False if there was none.</summary>
    public async Task<bool> DeleteAsync(string key)
    {
        GrainState<BlobRecord> state = await ReadStateAsync(key);
        _etags.TryRemove(key, out _);
        if (!state.RecordExists) return false;
        await storage.ClearStateAsync(StateName, IdOf(key), state);
        return true;
    }

    /// <summary>Deletes <c>prefix/0</c>, <c>prefix/1</c>, ... as far as there are any.</summary>
    public async Task DeleteChunksAsync(string prefix)
    {
        for (int chunk = 0; await DeleteAsync(KeyOf(prefix, chunk)); chunk++) { }
    }

    /// <summary>Key of a chunk.</summary>
    public static string KeyOf(string prefix, int chunk) => string.Create(CultureInfo.InvariantCulture, $"{prefix}/{chunk}");

    private async Task<GrainState<BlobRecord>> ReadStateAsync(string key)
    {
        var state = new GrainState<BlobRecord>(new BlobRecord());
        await storage.ReadStateAsync(StateName, IdOf(key), state);
        return state;
    }

    private static GrainId IdOf(string key) => GrainId.Create(KeyType, key);
}
