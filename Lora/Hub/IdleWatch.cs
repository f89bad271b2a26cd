namespace LoraCluster.Hub;

/// <summary>Cancels an exchange over the network when nothing came for a while.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _outer;
    private readonly ITimer _timer;
    private readonly TimeSpan _patience;

    public IdleWatch(TimeProvider time, TimeSpan patience, CancellationToken outer)
    {
        (_outer, _patience) = (outer, patience);
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _timer = time.CreateTimer(_ => _source.Cancel(), null, patience, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>True if the silence ended it, not the caller.</summary>
    public bool Expired => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>Something came.</summary>
    public void Reset() => _timer.Change(_patience, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }
}
