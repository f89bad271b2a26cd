using System.Diagnostics;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// Writes worker 0's checkpoints beside the training, never two at a time: chunks first, then the run grain's state names them. A
/// checkpoint that cannot be written costs nothing but itself; the one before it stands.
/// </summary>
internal sealed partial class CheckpointSaver(IRunLinkGrain run, CheckpointStore store, TrainerPlan plan, ILogger logger,
    CancellationToken stop)
{
    private Task _writing = Task.CompletedTask;

    /// <summary>True while one is being written.</summary>
    public bool IsBusy => !_writing.IsCompleted;

    /// <summary>Starts to write a state, which the caller does not change any more.</summary>
    public void Post(TrainingState state) => _writing = Task.Run(async () =>
    {
        try { await WriteAsync(state); }
        catch (Exception e)
        {
            if (stop.IsCancellationRequested) return;
            LogNotWritten(logger, plan.RunId, state.Step, e);
            await TryTellAsync(FormattableString.Invariant($"the checkpoint of step {state.Step} could not be written: {e.Message}"));
        }
    });

    /// <summary>Writes a state and waits until it is the run's checkpoint.</summary>
    public void WriteNow(TrainingState state)
    {
        Finish();
        Task.Run(() => WriteAsync(state)).WaitAsync(stop).GetAwaiter().GetResult();
    }

    /// <summary>Waits for the one under way.</summary>
    public void Finish() => _writing.WaitAsync(stop).GetAwaiter().GetResult();

    private async Task WriteAsync(TrainingState state)
    {
        using Activity quiet = Telemetry.Unsampled();
        int slot = await run.BeginCheckpointAsync(plan.Membership);
        CheckpointRef checkpoint = await store.WriteAsync(plan.RunId, slot, state, stop);
        await run.CommitCheckpointAsync(plan.Membership, checkpoint);
    }

    private async Task TryTellAsync(string notice)
    {
        try { await run.ReportNoticeAsync(plan.Membership, notice); }
        catch (Exception e) { LogNotTold(logger, plan.RunId, e); }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The checkpoint of {RunId} at step {Step} could not be written; the one before it stands")]
    private static partial void LogNotWritten(ILogger logger, string runId, int step, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{RunId} could not be told about a checkpoint that was not written")]
    private static partial void LogNotTold(ILogger logger, string runId, Exception exception);
}
