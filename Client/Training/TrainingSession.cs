using LoraCluster.Client.Commands;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Following;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Reports;
using LoraCluster.Client.Results;
using LoraCluster.Client.TensorBoard;
using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Hub;

namespace LoraCluster.Client.Training;

/// <summary>
/// From options to a finished run: check, connect, place, submit, follow. The first Ctrl+C cancels the run and waits for its end, the
/// second leaves at once.
/// </summary>
internal sealed class TrainingSession(ClientContext context)
{
    /// <summary>Brings what is named at the hub to this machine, then checks everything that needs no cluster.</summary>
    /// <exception cref="ClientException">All faults; those of the command line before anything is downloaded.</exception>
    /// <exception cref="UserErrorException">Something cannot be downloaded.</exception>
    public async Task<TrainingRequest> PrepareAsync(TrainSettings settings, bool remote)
    {
        TrainingRequest request = TrainingRequest.Parse(settings);
        var faults = new List<string>();
        var names = HubNames.Of(settings, faults);
        RunSpec local = request.Spec with
        {
            ModelPath = names.Model is null ? request.Spec.ModelPath : "",
            DatasetPath = names.Dataset is null ? request.Spec.DatasetPath : "",
        };
        if (settings is { Detach: true, TensorBoard: not null })
            faults.Add("tensorboard needs somebody who follows the run, and detach does not; 'client watch RUN --tensorboard DIR' does");
        else faults.AddRange(OutputPlace.FaultsOfTensorBoard(settings.TensorBoard));
        ClientException.ThrowIfAny([.. request.Faults, .. faults, .. LocalFolders.Check(local, remote).Faults]);
        var pull = new HubPull(context, settings.Json);
        HubSnapshot? model = names.Model is null ? null : await pull.PullAsync(names.Model);
        HubSnapshot? dataset = names.Dataset is null ? null : await pull.PullAsync(names.Dataset);
        return Check(settings, request with
        {
            Spec = request.Spec with
            {
                ModelPath = model?.Content ?? request.Spec.ModelPath, DatasetPath = dataset?.Content ?? request.Spec.DatasetPath,
            },
            ModelName = remote ? model?.Reference.ToString() : null,
            DatasetName = remote ? dataset?.Reference.ToString() : null,
        }, remote);
    }

    /// <summary>Checks everything that needs no cluster, with paths alone; throws with all faults.</summary>
    public static TrainingRequest Check(TrainSettings settings, bool remote) => Check(settings, TrainingRequest.Parse(settings), remote);

    private static TrainingRequest Check(TrainSettings settings, TrainingRequest request, bool remote)
    {
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
            ModelPath = request.ModelName ?? request.Spec.ModelPath, DatasetPath = request.DatasetName ?? request.Spec.DatasetPath,
        };
    }

    /// <summary>Submits and follows the run, whatever becomes of it.</summary>
    public async Task<RunStatus> RunAsync(RunSpec spec, IClusterConnection connection, bool json, string? tensorBoard = null)
    {
        Interrupts interrupts = context.Interrupts;
        string runId = RunIds.Create();
        interrupts.First.ThrowIfCancellationRequested();
        IRunPresenter presenter = RunPresenters.For(context, json);
        using var ended = new CancellationTokenSource();
        Task cancelling = Task.CompletedTask;
        try
        {
            // From here on the cluster may know the run: only the second interrupt may leave it behind.
            RunStatus first = await connection.SubmitAsync(runId, spec, interrupts.Second);
            cancelling = CancelOnInterruptAsync(runId, connection, presenter, ended.Token);
            var observer = TensorBoardObserver.For(tensorBoard, connection, context.Time, presenter.Note);
            var follower = new RunFollower(connection, context.Time, presenter.Note, observer);
            return await presenter.PresentAsync(show => follower.FollowAsync(first, show, interrupts.Second));
        }
        catch (OperationCanceledException) when (interrupts.Second.IsCancellationRequested)
        {
            Messages.Write(context.Error, $"{runId} is left behind and may go on; look again with: client watch {runId}");
            throw;
        }
        catch (ClientException e) when (e.ExitCode == ExitCodes.NoCluster)
        {
            throw new ClientException(e.ExitCode, [.. e.Faults, $"once the cluster is back, look again with: client watch {runId}"], e);
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
        bool interrupted = context.Interrupts.First.IsCancellationRequested;
        ClientException? notWritten = null;
        if (status is { State: RunState.Completed, Result: { } result } && settings.Output is { } folder)
        {
            try
            {
                await new ArtifactDownload(connection).PullAsync(result.ArtifactId, folder, overwrite: true, context.Interrupts.First);
                if (!settings.Json) Messages.Write(context.Console, $"written to {Path.GetFullPath(folder)}");
            }
            catch (ClientException e)
            {
                notWritten = new ClientException(e.ExitCode,
                    [.. e.Faults, $"the run itself is completed; copy its result with: client adapter pull {status.RunId}"], e);
            }
        }
        int code = RunReport.Write(context, status, settings.Json, interrupted);
        return notWritten is null ? code : throw notWritten;
    }

    private async Task CancelOnInterruptAsync(string runId, IClusterConnection connection, IRunPresenter presenter, CancellationToken ended)
    {
        Interrupts interrupts = context.Interrupts;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupts.First, ended);
        await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCancellationRequested) return;
        presenter.Note($"cancelling {runId}; Ctrl+C again leaves at once");
        try { await connection.CancelAsync(runId, interrupts.Second); }
        catch (ClusterRequestException) { /* it came to rest in the meantime: its end is shown */ }
        catch (OperationCanceledException) { /* the second interrupt */ }
        catch (ClientException) { /* the cluster is lost: the follower says so */ }
    }
}
