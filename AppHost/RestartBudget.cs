namespace LoraCluster.AppHost;

/// <summary>How often a process may be started again: a few times within a window, each time after a longer pause.</summary>
internal sealed class RestartBudget(TimeProvider time)
{
    public const int Most = 5;
    private readonly Queue<DateTimeOffset> starts = new();

    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(10);

    /// <summary>The pause before the next start (0, 1, 2, 4, 8 seconds), or null if there have been too many.</summary>
    public TimeSpan? TryTake()
    {
        var now = time.GetUtcNow();
        while (starts.TryPeek(out var first) && now - first > Window) starts.Dequeue();
        if (starts.Count == Most) return null;
        var pause = starts.Count == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1 << (starts.Count - 1));
        starts.Enqueue(now);
        return pause;
    }
}
