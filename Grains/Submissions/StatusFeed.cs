namespace LoraCluster.Grains.Submissions;

/// <summary>
/// The version of a status and those who wait for the next one. Versions are times in ticks made strictly increasing, so they go on growing
/// when the grain is activated anew, though not each one is persisted.
/// </summary>
internal sealed class StatusFeed(TimeProvider time)
{
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The present version.</summary>
    public long Version { get; private set; }

    /// <summary>Goes on from a persisted version.</summary>
    public void Restore(long version) => Version = Math.Max(version, time.GetUtcNow().Ticks);

    /// <summary>A new version: those who wait are woken.</summary>
    public long Advance()
    {
        Version = Math.Max(Version + 1, time.GetUtcNow().Ticks);
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        return Version;
    }

    /// <summary>Waits until the version is above one seen, or the patience ends.</summary>
    public async Task WaitAsync(long seen, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Version > seen) return;
        try { await _changed.Task.WaitAsync(patience, time, cancellationToken); }
        catch (TimeoutException) { }
    }
}
