using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

public sealed partial class JobGrain
{
    private void StartWatching()
    {
        _signs.Clear();
        _done.Clear();
        foreach (int worker in Workers) _signs[worker] = new SignsOfLife(nodes, timings, time);
        _cancellingSince = 0;
        _watch ??= this.RegisterGrainTimer(WatchAsync, TimerOptions());
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        if (!IsActive) return;
        using System.Diagnostics.Activity? quiet = Telemetry.Unsampled();
        foreach ((int worker, JobPulse? pulse) in await Task.WhenAll(Workers.Select(PingAsync)))
            if (pulse?.Outcome is { } outcome) await InTurnAsync(() => TakeOutcomeAsync(worker, outcome));
        await InTurnAsync(async () =>
        {
            if (!IsActive) return;
            if (FindLost() is { } loss) await EndAsync(Record.State == RunState.Cancelling ? RunState.Cancelled : RunState.Failed, loss);
            else await BoundCancellingAsync();
        });
    }

    /// <summary>Asks everyone once more and says who is lost, or null: what a worker reports may only follow from a lost silo.</summary>
    private async Task<string?> FindLossAsync()
    {
        for (int round = 0; round < timings.RefusedPings; round++) await Task.WhenAll(Workers.Select(PingAsync));
        return FindLost();
    }

    private async Task<(int Worker, JobPulse? Pulse)> PingAsync(int worker)
    {
        SignsOfLife signs = _signs[worker];
        try
        {
            JobPulse pulse = await WorkerOf(worker).PingAsync().WaitAsync(timings.PingPatience, time);
            signs.Answered(pulse.IsKnown);
            return (worker, pulse);
        }
        catch (TimeoutException) { return (worker, null); }
        catch (Exception)
        {
            signs.Refused();
            return (worker, null);
        }
    }

    private string? FindLost()
    {
        bool begun = Record.State != RunState.Preparing;
        foreach ((int worker, SignsOfLife signs) in _signs)
        {
            if (!_outcomes.ContainsKey(worker) && signs.HowLost(SiloOf(worker), begun) is { } how)
                return $"silo {Record.Lease!.Names[worker]} was lost while it worked: {how}";
        }
        return null;
    }

    private async Task BoundCancellingAsync()
    {
        if (Record.State != RunState.Cancelling) return;
        if (_cancellingSince == 0) _cancellingSince = time.GetTimestamp();
        TimeSpan waited = time.GetElapsedTime(_cancellingSince);
        if (waited > timings.CancelPatience) await EndAsync(RunState.Cancelled, "cancelled by a user; not every silo confirmed in time");
        else if (waited > timings.CancelPatience / 2) await StopWorkersAsync("the job was cancelled");
    }
}
