namespace LoraCluster.Grains.Trainers;

/// <summary>
/// Values that several trainers of a silo share: made once, by the first who asks, while the others wait; disposed when the last lets go.
/// What failed to be made is forgotten, so the next one tries again. Thread-safe.
/// </summary>
internal sealed class SharedCache<TKey, TValue> where TKey : notnull where TValue : class
{
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Lock _lock = new();

    /// <summary>Values in use.</summary>
    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    /// <summary>The value of a key, until the lease is disposed.</summary>
    public Lease Rent(TKey key, Func<TValue> make)
    {
        Entry entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry!)) _entries.Add(key, entry = new Entry(make));
            entry.Users++;
        }
        try { return new Lease(this, key, entry, entry.Value.Value); }
        catch
        {
            Return(key, entry, made: false);
            throw;
        }
    }

    private void Return(TKey key, Entry entry, bool made)
    {
        lock (_lock)
        {
            // A failed entry is taken out at once: whoever comes next makes a new one, while others may still hold this one.
            if (!made && _entries.TryGetValue(key, out Entry? present) && present == entry) _entries.Remove(key);
            if (--entry.Users > 0) return;
            if (made) _entries.Remove(key);
        }
        if (made && entry.Value.Value is IDisposable disposable) disposable.Dispose();
    }

    /// <summary>A share in a value.</summary>
    internal sealed class Lease(SharedCache<TKey, TValue> cache, TKey key, object entry, TValue value) : IDisposable
    {
        private int _returned;

        public TValue Value => value;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0) cache.Return(key, (Entry)entry, made: true);
        }
    }

    private sealed class Entry(Func<TValue> make)
    {
        public Lazy<TValue> Value { get; } = new(make, LazyThreadSafetyMode.ExecutionAndPublication);
        public int Users { get; set; }
    }
}
