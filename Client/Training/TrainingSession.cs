using LoraCluster.Client.Commands;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Following;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Results;
using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Training;

/// <summary>
/// From options to a finished run: check, connect, place, submit, follow. The first Ctrl+C cancels the run and waits for its end, the
/// second leaves at once.
/// </summary>
internal sealed class TrainingSession(ClientContext context)
{
    /// <summary>Checks everything that needs no cluster; throws with all faults.</summary>
    public static TrainingRequest Check(TrainSettings settings, bool remote)
    {
        TrainingRequest request = TrainingRequest.Parse(settings);
        (RunSpec spec, IReadOnlyList<string> faults) = LocalFolders.Check(request.Spec, remote);
        ClientException.ThrowIfAny([.. request.Faults, .. faults]);
        (request, faults) = ModelAndDataCheck.Check(request with { Spec = spec }, settings.MaxLength is not null);
        ClientException.ThrowIfAny(faults);
        return request;
    }

    /// <summary>The spec with the cluster's part filled in.</summary>
    public static async Task<RunSpec> CompleteAsync(TrainingRequest request, IClusterConnection connection, CancellationToken interrupted)
    {
        IReadOnlyList<NodeStatus> nodes = await connection.GetNodesAsync(interrupted);
        if (nodes.Count == 0) throw new ClientException(ExitCodes.NoCluster, $"{connection.Description} has no active silo");
        var placement = Placement.Of(request, nodes);
        ClientException.ThrowIfAny(placement.Faults);
        (string model, string dataset) = await ContentHasher.HashAsync(request.Spec.ModelPath, request.Spec.DatasetPath, interrupted);
        return request.Spec with
        {
            Trainers = placement.Trainers, ThreadsPerTrainer = placement.ThreadsPerTrainer, ModelHash = model, DatasetHash = dataset,
        };
    }

    /// <summary>Submits and follows the run, whatever becomes of it.</summary>
    public async Task<RunStatus> RunAsync(RunSpec spec, IClusterConnection connection, bool json)
    {
        Interrupts interrupts = context.Interrupts;
        string runId = RunIds.Create();
        interrupts.First.ThrowIfCancellationRequested();
        // From here on the cluster may know the run: only the second interrupt may leave it behind.
        RunStatus first = await connection.SubmitAsync(runId, spec, interrupts.Second);
        using var ended = new CancellationTokenSource();
        Task cancelling = CancelOnInterruptAsync(runId, connection, ended.Token);
        try
        {
            return await RunPresenters.For(context, json).PresentAsync(
                show => new RunFollower(connection).FollowAsync(first, show, interrupts.Second));
        }
        finally
        {
            await ended.CancelAsync();
            await cancelling;
        }
    }

    /// <summary>Writes the end of a run, and its files where they are wanted.</summary>
    public async Task<int> FinishAsync(RunStatus status, TrainSettings settings, IClusterConnection connection)
    {
        if (status is { State: RunState.Completed, Result: { } result } && settings.Output is { } folder)
        {
            await new ArtifactDownload(connection).PullAsync(result.ArtifactId, folder, overwrite: true, context.Interrupts.First);
            if (!settings.Json) Messages.Write(context.Console, $"written to {Path.GetFullPath(folder)}");
        }
        return RunReport.Write(context, status, settings.Json, context.Interrupts.First.IsCancellationRequested);
    }

    private async Task CancelOnInterruptAsync(string runId, IClusterConnection connection, CancellationToken ended)
    {
        Interrupts interrupts = context.Interrupts;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupts.First, ended);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (ended.IsCancellationRequested) return;
        Messages.Write(context.Error, $"cancelling {runId}; Ctrl+C again leaves at once");
        try { await connection.CancelAsync(runId, interrupts.Second); }
        catch (ClusterRequestException) { /* it came to rest in the meantime: its end is shown */ }
        catch (OperationCanceledException) { /* the second interrupt */ }
        catch (ClientException) { /* the cluster is lost: the follower says so */ }
    }
}
