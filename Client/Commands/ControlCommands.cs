using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Following;
using LoraCluster.Client.Jobs;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class StopSettings : RunSettings
{
    [CommandOption("--detach")]
    [Description("Return at once instead of waiting until the run is at rest.")]
    public bool Detach { get; init; }
}

/// <summary>Asks a run to stop and waits until it did: success is the state that was asked for, and no other.</summary>
internal abstract class StopCommand(ClientContext context, RunState wanted) : ConnectedCommand<StopSettings>(context)
{
    protected abstract Task StopAsync(IClusterConnection connection, string runId, CancellationToken interrupted);

    protected sealed override async Task<int> RunAsync(StopSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        if (JobIds.IsValid(settings.Run)) return await CancelJobAsync(settings, connection, interrupted);
        await RequireRunAsync(connection, settings.Run, interrupted);
        await StopAsync(connection, settings.Run, interrupted);
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        var follower = new RunFollower(connection, Context.Time, note => Messages.Write(Context.Error, note));
        if (!settings.Detach) status = await follower.FollowAsync(status, _ => { }, interrupted);
        if (settings.Json) RunJson.Result(status).WriteTo(Context.RawOutput);
        else Messages.Write(Context.Console, Sentence(status), RunColors.Of(status.State));
        return settings.Detach || status.State == wanted ? ExitCodes.Success : ExitCodes.Failed;
    }

    private async Task<int> CancelJobAsync(StopSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        await RequireJobAsync(connection, settings.Run, interrupted);
        await connection.Jobs.CancelAsync(settings.Run, interrupted);
        JobStatus job = await RequireJobAsync(connection, settings.Run, interrupted);
        if (!settings.Detach) job = await new JobSession(Context, connection.Jobs, json: true).FollowAsync(job, interrupted);
        if (settings.Json) JobJson.Result(job).WriteTo(Context.RawOutput);
        else Messages.Write(Context.Console, $"{job.JobId} is {ProgressText.Of(job.State)}", RunColors.Of(job.State));
        return settings.Detach || job.State == RunState.Cancelled ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static string Sentence(RunStatus status) => $"{status.RunId} is {ProgressText.Of(status.State)} at step {status.Progress.Step}"
        + (status.CheckpointStep is { } step && RunTransitions.IsAtRest(status.State) && status.State != RunState.Completed
            ? $"; a checkpoint of step {step} is kept, go on with: client resume {status.RunId}" : "");
}

internal sealed class CancelCommand(ClientContext context) : StopCommand(context, RunState.Cancelled)
{
    protected override bool TakesJobs => true;

    protected override Task StopAsync(IClusterConnection connection, string runId, CancellationToken interrupted) =>
        connection.CancelAsync(runId, interrupted);
}

internal sealed class PauseCommand(ClientContext context) : StopCommand(context, RunState.Paused)
{
    protected override Task StopAsync(IClusterConnection connection, string runId, CancellationToken interrupted) =>
        connection.PauseAsync(runId, interrupted);
}

internal sealed class ResumeSettings : RunSettings
{
    [CommandOption("--watch")]
    [Description("Follow the run to its end.")]
    public bool Watch { get; init; }
}

internal sealed class ResumeCommand(ClientContext context) : ConnectedCommand<ResumeSettings>(context)
{
    protected override async Task<int> RunAsync(ResumeSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        await RequireRunAsync(connection, settings.Run, interrupted);
        await connection.ResumeAsync(settings.Run, interrupted);
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        if (settings.Watch) return await WatchCommand.FollowAsync(Context, status, connection, settings.Json, interrupted);
        if (settings.Json) RunJson.Progress(status).WriteTo(Context.RawOutput);
        else Messages.Write(Context.Console,
            $"{status.RunId} goes on from step {status.CheckpointStep ?? 0}; follow it with: client watch {status.RunId}");
        return ExitCodes.Success;
    }
}
