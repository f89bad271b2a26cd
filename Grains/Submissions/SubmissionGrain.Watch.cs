using System.Diagnostics;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Submissions;

public abstract partial class SubmissionGrain<TRecord>
{
    private readonly Dictionary<int, SignsOfLife> _signs = [];
    private IGrainTimer? _watch;
    private long _cancellingSince;

    /// <summary>One round: asks the workers and draws the consequences. Not called at rest.</summary>
    protected abstract Task WatchAsync();

    /// <summary>Tells all workers to end.</summary>
    protected abstract Task StopWorkersAsync(string reason);

    /// <summary>Brings it to rest.</summary>
    protected abstract Task EndAsync(RunState end, string reason);

    private protected IEnumerable<int> Workers => Enumerable.Range(0, Record.Lease?.Silos.Count ?? 0);

    private protected SiloAddress SiloOf(int worker) => SiloAddress.FromParsableString(Record.Lease!.Silos[worker]);

    private protected void StartWatching()
    {
        _signs.Clear();
        foreach (int worker in Workers) _signs[worker] = new SignsOfLife(nodes, timings, time);
        _cancellingSince = 0;
        _watch ??= this.RegisterGrainTimer(WatchUnlessAtRestAsync, TimerOptions());
    }

    private protected void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }

    /// <summary>Asks a worker for a sign of life; null: there was none.</summary>
    private protected async Task<TPulse?> PingAsync<TPulse>(int worker, Func<Task<TPulse>> ping, Func<TPulse, bool> isKnown)
        where TPulse : class
    {
        SignsOfLife signs = _signs[worker];
        try
        {
            TPulse pulse = await ping().WaitAsync(timings.PingPatience, time);
            signs.Answered(isKnown(pulse));
            return pulse;
        }
        catch (TimeoutException) { return null; }
        catch (Exception)
        {
            signs.Refused();
            return null;
        }
    }

    /// <summary>The first worker whose silo counts as lost, and how it was lost; null: none.</summary>
    /// <param name="hasEnded">Whether a worker has ended, so that it need not be there any more.</param>
    /// <param name="begun">True if the work was handed over, so that it must be known there.</param>
    private protected (int Worker, string How)? FindLost(Predicate<int> hasEnded, bool begun)
    {
        foreach ((int worker, SignsOfLife signs) in _signs)
            if (!hasEnded(worker) && signs.HowLost(SiloOf(worker), begun) is { } how) return (worker, how);
        return null;
    }

    /// <summary>What is cancelled comes to rest within a bound, whether or not its workers say so.</summary>
    private protected async Task BoundCancellingAsync()
    {
        if (Record.State != RunState.Cancelling) return;
        if (_cancellingSince == 0) _cancellingSince = time.GetTimestamp();
        TimeSpan waited = time.GetElapsedTime(_cancellingSince);
        if (waited > timings.CancelPatience) await EndAsync(RunState.Cancelled, "cancelled by a user; not every silo confirmed in time");
        else if (waited > timings.CancelPatience / 2) await StopWorkersAsync($"the {Noun} was cancelled");
    }

    private async Task WatchUnlessAtRestAsync(CancellationToken cancellationToken)
    {
        if (!IsActive) return;
        using Activity quiet = Telemetry.Unsampled();
        await WatchAsync();
    }
}
