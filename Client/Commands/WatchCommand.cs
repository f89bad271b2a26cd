using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Following;
using LoraCluster.Client.Jobs;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Reports;
using LoraCluster.Client.TensorBoard;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class WatchSettings : RunSettings
{
    [CommandOption("--tensorboard <DIR>")]
    [Description("Write TensorBoard's event files to this folder meanwhile, in a folder of the run's name.")]
    public string? TensorBoard { get; init; }
}

internal sealed class WatchCommand(ClientContext context) : ConnectedCommand<WatchSettings>(context)
{
    protected override IReadOnlyList<string> Faults(WatchSettings settings) =>
    [
        .. base.Faults(settings), .. OutputPlace.FaultsOfTensorBoard(settings.TensorBoard),
        .. settings.TensorBoard is not null && JobIds.IsValid(settings.Run) ? (string[])["tensorboard is for training runs alone"] : [],
    ];

    protected override async Task<int> RunAsync(WatchSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        if (JobIds.IsValid(settings.Run)) return await FollowJobAsync(settings, connection, interrupted);
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        return await FollowAsync(Context, status, connection, settings.Json, interrupted, settings.TensorBoard);
    }

    protected override bool TakesJobs => true;

    private async Task<int> FollowJobAsync(WatchSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        JobStatus job = await RequireJobAsync(connection, settings.Run, interrupted);
        job = await new JobSession(Context, connection.Jobs, settings.Json).FollowAsync(job, interrupted);
        return JobReport.Write(Context, job, settings.Json);
    }

    /// <summary>Follows to the end; an interrupt leaves the run alone.</summary>
    public static async Task<int> FollowAsync(
        ClientContext context, RunStatus status, IClusterConnection connection, bool json, CancellationToken interrupted,
        string? tensorBoard = null)
    {
        try
        {
            IRunPresenter presenter = RunPresenters.For(context, json);
            var observer = TensorBoardObserver.For(tensorBoard, connection, context.Time, presenter.Note);
            var follower = new RunFollower(connection, context.Time, presenter.Note, observer);
            RunStatus end = await presenter.PresentAsync(show => follower.FollowAsync(status, show, interrupted));
            return RunReport.Write(context, end, json, interrupted: false);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            Messages.Write(context.Error, $"{status.RunId} goes on; look again with: client watch {status.RunId}");
            return ExitCodes.Interrupted;
        }
    }
}
