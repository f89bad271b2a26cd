using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace LoraCluster.Grains.Metrics;

/// <summary>
/// The latest value of each series of a gauge. A series whose run has ended is still reported for a while, so that a collector that asks
/// once a minute sees the last values, and then no more: a gauge of the past would look like one of the present for ever.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="linger">How long an ended run is still reported.</param>
internal sealed class LiveFigures<T>(TimeProvider time, TimeSpan linger) where T : struct
{
    private readonly ConcurrentDictionary<(string Run, string Kind), Series> _series = [];

    /// <summary>A new value of a run's series.</summary>
    public void Set(string runId, T value, KeyValuePair<string, object?>[] tags, string kind = "")
    {
        Series series = _series.GetOrAdd((runId, kind), static (_, tags) => new Series(tags), tags);
        (series.Value, series.EndedAt) = (value, 0);
    }

    /// <summary>The run has ended.</summary>
    public void End(string runId)
    {
        foreach (((string run, _), Series series) in _series)
            if (run == runId && series.EndedAt == 0) series.EndedAt = time.GetTimestamp();
    }

    /// <summary>What an observable instrument reports now.</summary>
    public IEnumerable<Measurement<T>> Observe()
    {
        foreach ((var key, Series series) in _series)
        {
            if (series.EndedAt != 0 && time.GetElapsedTime(series.EndedAt) > linger) _series.TryRemove(key, out _);
            else yield return new Measurement<T>(series.Value, series.Tags);
        }
    }

    private sealed class Series(KeyValuePair<string, object?>[] tags)
    {
        public KeyValuePair<string, object?>[] Tags { get; } = tags;
        public T Value { get; set; }
        public long EndedAt { get; set; }
    }
}
