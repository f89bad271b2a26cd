using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    private readonly Dictionary<int, SignsOfLife> _signs = [];
    private IGrainTimer? _watch;
    private IGrainTimer? _savingAgain;
    private long _cancellingSince;

    private void StartWatching()
    {
        _outcomes.Clear();
        _signs.Clear();
        foreach (int worker in Workers) _signs[worker] = new SignsOfLife(nodes, timings, time);
        _cancellingSince = 0;
        _drainingSilo = null;
        _watch ??= this.RegisterGrainTimer(WatchAsync, TimerOptions());
    }

    private void StopWatching()
    {
        _watch?.Dispose();
        _watch = null;
    }

    private void StartSavingAgain() => _savingAgain ??= this.RegisterGrainTimer(SaveAgainAsync, TimerOptions());

    private GrainTimerCreationOptions TimerOptions() => new(timings.PingPeriod, timings.PingPeriod) { KeepAlive = true, Interleave = true };

    private async Task SaveAgainAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_store.IsUncertain) await PublishAsync();
            _savingAgain?.Dispose();
            _savingAgain = null;
        }
        catch (Exception e) { LogNotSaved(logger, Id, e); }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        if (!IsActive) return;
        int membership = Record.Membership;
        using System.Diagnostics.Activity? quiet = Telemetry.Unsampled();
        await PingAllAsync(membership);
        await InTurnAsync(async () =>
        {
            if (Record.Membership != membership || !IsActive) return;
            if (FindLost() is { } loss) await EndByLossAsync(loss);
            else if (_drainingSilo is { } silo) await LeaveAsync(silo);
            await BoundCancellingAsync();
        });
    }

    /// <summary>Asks everyone once more and says who is lost, or null: what a trainer reports may only follow from a lost silo.</summary>
    private async Task<string?> FindLossAsync()
    {
        int membership = Record.Membership;
        for (int round = 0; round < timings.RefusedPings; round++) await Task.WhenAll(Workers.Select(w => PingAsync(w, membership)));
        return FindLost();
    }

    private async Task PingAllAsync(int membership)
    {
        string? draining = null;
        foreach ((int worker, TrainerPulse? pulse) in await Task.WhenAll(Workers.Select(w => PingAsync(w, membership))))
        {
            if (pulse?.Outcome is { } outcome) await InTurnAsync(() => TakeOutcomeAsync(membership, worker, outcome));
            if (pulse?.IsDraining == true && membership == Record.Membership) draining = Record.Lease?.Names[worker];
        }
        _drainingSilo = draining;
    }

    private async Task<(int Worker, TrainerPulse? Pulse)> PingAsync(int worker, int membership)
    {
        SignsOfLife signs = _signs[worker];
        try
        {
            TrainerPulse pulse = await TrainerOf(worker).PingAsync().WaitAsync(timings.PingPatience, time);
            if (membership == Record.Membership) signs.Answered(pulse.IsKnown);
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
        foreach ((int worker, SignsOfLife signs) in _signs)
        {
            if (_outcomes.ContainsKey(worker)) continue;
            string? how = signs.HowLost(SiloOf(worker), _begun);
            if (how is not null) return Text($"silo {Record.Lease!.Names[worker]} was lost in step {Record.Progress.Step + 1}: {how}");
        }
        return null;
    }

    private async Task BoundCancellingAsync()
    {
        if (Record.State != RunState.Cancelling) return;
        if (_cancellingSince == 0) _cancellingSince = time.GetTimestamp();
        TimeSpan waited = time.GetElapsedTime(_cancellingSince);
        if (waited > timings.CancelPatience) await EndAsync(RunState.Cancelled, "cancelled by a user; not every trainer confirmed in time");
        else if (waited > timings.CancelPatience / 2) await StopTrainersAsync("the run was cancelled");
    }
}
