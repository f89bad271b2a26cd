using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    private void Watch()
    {
        _outcomes.Clear();
        _drainingSilo = null;
        StartWatching();
    }

    /// <inheritdoc/>
    protected override async Task WatchAsync()
    {
        int membership = Record.Membership;
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
        for (int round = 0; round < Timings.RefusedPings; round++) await Task.WhenAll(Workers.Select(PingAsync));
        return FindLost();
    }

    private async Task PingAllAsync(int membership)
    {
        string? draining = null;
        foreach ((int worker, TrainerPulse? pulse) in await Task.WhenAll(Workers.Select(PingAsync)))
        {
            if (pulse?.Outcome is { } outcome) await InTurnAsync(() => TakeOutcomeAsync(membership, worker, outcome));
            if (pulse?.IsDraining == true && membership == Record.Membership) draining = Record.Lease?.Names[worker];
        }
        _drainingSilo = draining;
    }

    private async Task<(int Worker, TrainerPulse? Pulse)> PingAsync(int worker) =>
        (worker, await PingAsync(worker, () => TrainerOf(worker).PingAsync(), pulse => pulse.IsKnown));

    private string? FindLost() => FindLost(_outcomes.ContainsKey, _begun) is not var (worker, how)
        ? null : Text($"silo {Record.Lease!.Names[worker]} was lost in step {Record.Progress.Step + 1}: {how}");
}
