using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Runs;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class TrainCommand(ClientContext context) : AsyncCommand<TrainSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext command, TrainSettings settings, CancellationToken cancellationToken)
    {
        var session = new TrainingSession(context);
        // Before a connection is tried: whatever is wrong with the command line is told first, and all at once.
        TrainingRequest request = await session.PrepareAsync(settings, context.Connector.MayBeElsewhere(settings.ClusterTarget));
        CancellationToken interrupted = context.Interrupts.First;
        await using IClusterConnection connection = await context.Connector.ConnectAsync(settings.ClusterTarget, interrupted);
        RunSpec spec = await TrainingSession.CompleteAsync(request, connection, interrupted);
        if (settings.Detach) return await SubmitAsync(spec, connection, settings, interrupted);
        RunStatus status = await session.RunAsync(spec, connection, settings.Json, settings.TensorBoard);
        return await session.FinishAsync(status, settings, connection);
    }

    private async Task<int> SubmitAsync(RunSpec spec, IClusterConnection connection, TrainSettings settings, CancellationToken interrupted)
    {
        RunStatus status = await connection.SubmitAsync(RunIds.Create(), spec, interrupted);
        if (settings.Json) RunJson.Progress(status).WriteTo(context.RawOutput);
        else
        {
            Messages.Write(context.Console, $"{status.RunId} is submitted to {connection.Description}");
            Messages.Write(context.Console, $"follow it with: client watch {status.RunId}");
        }
        return ExitCodes.Success;
    }
}
