using LoraCluster.Grains.Collectives;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    private string? _drainingSilo;

    // A trainer says with its sign of life that its silo drains, so a run hears of it whenever and however it got there.
    private async Task LeaveAsync(string silo)
    {
        switch (Record.State)
        {
            case RunState.Preparing:
                await RequeueAsync(silo);
                break;
            case RunState.Running:
                Record.DrainedSilo = silo;
                await MoveAsync(RunState.Pausing, $"{silo} drains: the run goes on elsewhere after the step at hand");
                if (!await DirectAsync(RunDirective.Pause)) Record.Reason = "all steps are taken; the run is about to complete";
                break;
        }
    }

    /// <summary>A silo was lost. Where the run was about to leave one that drains, that is no failure: it goes on from its last
    /// checkpoint.</summary>
    private Task EndByLossAsync(string loss) => Record is { State: RunState.Pausing, DrainedSilo: { } silo }
        ? RequeueAsync(silo)
        : EndAsync(Record.State == RunState.Cancelling ? RunState.Cancelled : RunState.Failed, loss);

    /// <summary>From the silo that drains back to the queue, by itself.</summary>
    private async Task RequeueAsync(string silo)
    {
        bool hasPaused = Record.State == RunState.Pausing;
        await LetGoAsync(RunState.Queued, $"{silo} drains");
        await TryAsync(() => Scheduler.ReleaseAsync(Id));
        try { await Scheduler.EnqueueAsync(RequestOf(Record.Spec!)); }
        catch (Exception e)
        {
            await EndAsync(hasPaused ? RunState.Paused : RunState.Failed, $"{silo} drains, and the run could not be queued: {e.Message}");
            return;
        }
        await RewindAsync();
        await TrySaveHistoryAsync();
        await MoveAsync(RunState.Queued, $"{silo} drains: waits for a place elsewhere");
    }
}
