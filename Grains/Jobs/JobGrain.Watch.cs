using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

public sealed partial class JobGrain
{
    private void Watch()
    {
        _done.Clear();
        StartWatching();
    }

    /// <inheritdoc/>
    protected override async Task WatchAsync()
    {
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
        for (int round = 0; round < Timings.RefusedPings; round++) await Task.WhenAll(Workers.Select(PingAsync));
        return FindLost();
    }

    private async Task<(int Worker, JobPulse? Pulse)> PingAsync(int worker) =>
        (worker, await PingAsync(worker, () => WorkerOf(worker).PingAsync(), pulse => pulse.IsKnown));

    private string? FindLost() => FindLost(_outcomes.ContainsKey, begun: Record.State != RunState.Preparing) is not var (worker, how)
        ? null : $"silo {Record.Lease!.Names[worker]} was lost while it worked: {how}";
}
