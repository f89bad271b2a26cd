using System.Collections.Concurrent;
using System.Globalization;
using LoraCluster.Grains.Storage;
using Orleans.Runtime;
using Orleans.Storage;

namespace LoraCluster.Tests.Cluster;

/// <summary>A store outside the silos, as Redis is, with versions, that can be told to fail at a write.</summary>
internal sealed class SharedStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (string ETag, BinaryData Data)> _entries = new(StringComparer.Ordinal);
    private readonly StateSerializer _serializer = new();
    private readonly Lock _lock = new();
    private int _writes, _version;

    /// <summary>Asked before each write, with what is written: true lets it fail. A write that fails "late" is stored all the
    /// same.</summary>
    public Func<string, WriteFailure>? OnWrite { get; set; }

    public int Writes => Volatile.Read(ref _writes);

    public IReadOnlyCollection<string> Keys => [.. _entries.Keys];

    /// <summary>Overwrites a blob's bytes in place, as a failing disk would.</summary>
    public void Damage(string key)
    {
        (string etag, BinaryData data) = _entries[key];
        byte[] bytes = data.ToArray();
        bytes[^1] ^= 0x40;
        _entries[key] = (etag, new BinaryData(bytes));
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        bool exists = _entries.TryGetValue(KeyOf(stateName, grainId), out (string ETag, BinaryData Data) entry);
        grainState.RecordExists = exists;
        grainState.ETag = exists ? entry.ETag : null!;
        grainState.State = exists ? _serializer.Deserialize<T>(entry.Data) : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(stateName, grainId);
        Interlocked.Increment(ref _writes);
        WriteFailure failure = OnWrite?.Invoke(key) ?? WriteFailure.None;
        if (failure == WriteFailure.Lost) throw new IOException($"the store is away (write of {key})");
        lock (_lock)
        {
            string? present = _entries.TryGetValue(key, out (string ETag, BinaryData Data) entry) ? entry.ETag : null;
            if (!string.Equals(present, grainState.ETag, StringComparison.Ordinal))
                throw new InconsistentStateException($"{key} has version {present}, not {grainState.ETag}");
            string etag = (++_version).ToString(CultureInfo.InvariantCulture);
            _entries[key] = (etag, _serializer.Serialize(grainState.State));
            if (failure == WriteFailure.StoredAndLost) throw new IOException($"the store's answer was lost (write of {key})");
            grainState.ETag = etag;
            grainState.RecordExists = true;
        }
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _entries.TryRemove(KeyOf(stateName, grainId), out _);
        (grainState.ETag, grainState.RecordExists, grainState.State) = (null!, false, Activator.CreateInstance<T>());
        return Task.CompletedTask;
    }

    private static string KeyOf(string stateName, GrainId grainId) => $"{stateName}:{grainId.Key}";
}

internal enum WriteFailure
{
    None,
    /// <summary>The write does not arrive.</summary>
    Lost,
    /// <summary>The write is stored, but its answer is lost.</summary>
    StoredAndLost,
}
