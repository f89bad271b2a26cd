using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// The one thread that owns a trainer's replica, from opening to disposal: prepares, waits for the start, takes the steps, evaluates, hands
/// over the result. It may block, since nobody else runs on it.
/// </summary>
internal sealed partial class TrainerThread
{
    // The other trainers may still be loading: as long as a run grain waits for them.
    private static readonly TimeSpan StartPatience = TimeSpan.FromHours(1);
    private readonly TrainerPlan _plan;
    private readonly TrainerServices _services;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<PreparedTrainer> _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CollectivePlan> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TrainerOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _stopReason = "";
    private int _step;

    public TrainerThread(TrainerPlan plan, TrainerServices services)
    {
        _plan = plan;
        _services = services;
        // The caller's context (trace, request) is not taken along: the thread outlives the call.
        var thread = new Thread(Run) { IsBackground = true, Name = FormattableString.Invariant($"{plan.RunId} trainer {plan.Worker}") };
        thread.UnsafeStart();
    }

    /// <summary>Ends when model, data and checkpoint are loaded, or failed to.</summary>
    public Task<PreparedTrainer> Prepared => _prepared.Task;

    /// <summary>Ends when the thread does; never fails.</summary>
    public Task<TrainerOutcome> Ended => _ended.Task;

    /// <summary>Steps done.</summary>
    public int Step => Volatile.Read(ref _step);

    /// <summary>Lets the steps begin.</summary>
    public void Start(CollectivePlan plan) => _started.TrySetResult(plan);

    /// <summary>Ends the thread as soon as it can.</summary>
    public void Stop(string reason)
    {
        if (_stop.IsCancellationRequested) return;
        _stopReason = reason;
        _stop.Cancel();
    }

    private void Run()
    {
        _services.Telemetry.CountTrainer(_plan.RunId, 1);
        TrainerOutcome outcome;
        try { outcome = PrepareAndTrain(); }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            outcome = new TrainerOutcome(TrainerEnd.Stopped, Step, _stopReason);
        }
        catch (CollectiveException e) { outcome = new TrainerOutcome(TrainerEnd.Failed, Step, e.Message); }
        catch (UserErrorException e) { outcome = new TrainerOutcome(TrainerEnd.Failed, Step, e.Message); }
        catch (Exception e)
        {
            LogFailed(_services.Logger, _plan.RunId, _plan.Worker, e);
            outcome = new TrainerOutcome(TrainerEnd.Failed, Step, $"{e.GetType().Name}: {e.Message}");
        }
        _services.Telemetry.CountTrainer(_plan.RunId, -1);
        _prepared.TrySetException(new ClusterRequestException(outcome.Message));
        _ = _prepared.Task.Exception;
        _ended.TrySetResult(outcome);
    }

    private TrainerOutcome PrepareAndTrain()
    {
        OpenedReplica opened = _services.Factory.Open(_plan.Spec, _stop.Token);
        using ITrainingReplica replica = opened.Replica;
        List<string> notices = [.. replica.Notices];
        BestState? best = ImportCheckpoint(replica, notices);
        Volatile.Write(ref _step, replica.Step);
        _prepared.TrySetResult(new PreparedTrainer
        {
            LayoutHash = replica.Layout.Hash, Values = replica.Layout.Length, TensorNames = [.. replica.Layout.Slots.Select(s => s.Name)],
            Step = replica.Step, Steps = replica.Steps, ModelHash = opened.ModelHash, DatasetHash = opened.DatasetHash, Notices = notices,
        });
        return Train(replica, best, AwaitStart());
    }

    private CollectivePlan AwaitStart()
    {
        try { return _started.Task.WaitAsync(StartPatience, _services.Time, _stop.Token).GetAwaiter().GetResult(); }
        catch (TimeoutException)
        {
            throw new CollectiveException($"trainer {_plan.Worker} was ready, and not started within {StartPatience}");
        }
    }

    /// <returns>The best evaluation until then; null: none.</returns>
    private BestState? ImportCheckpoint(ITrainingReplica replica, List<string> notices)
    {
        foreach (CheckpointRef checkpoint in _plan.Checkpoints)
        {
            try
            {
                Task<TrainingState> reading = Task.Run(() => _services.Checkpoints.ReadAsync(_plan.RunId, checkpoint), _stop.Token);
                TrainingState state = reading.WaitAsync(_stop.Token).GetAwaiter().GetResult();
                replica.ImportState(state);
                return state.Best;
            }
            catch (CheckpointException e) { notices.Add(e.Message); }
        }
        if (_plan.Checkpoints.Count > 0) throw new UserErrorException("no checkpoint can be used:\n" + string.Join('\n', notices));
        return null;
    }

    private TrainerOutcome Train(ITrainingReplica replica, BestState? best, CollectivePlan collective)
    {
        CancellationToken stop = _stop.Token;
        IRunLinkGrain run = _services.Grains.GetGrain<IRunLinkGrain>(_plan.RunId);
        var checkpoints = new CheckpointSaver(run, _services.Checkpoints, _plan, _services.Logger, stop);
        var progress = new ProgressReporter(run, _plan, _services.Time, _services.Logger);
        var ports = new TrainerPorts(checkpoints, progress, _services.Telemetry, step => Volatile.Write(ref _step, step));
        var channel = new AllReduceChannel(_services.Grains.GetGrain<ICoordinatorGrain>(_plan.Coordinator), collective, _plan.Worker);
        var loop = new TrainerLoop(replica, channel, collective, _plan, ports, stop);

        RunDirective directive = loop.TakeSteps(best);
        progress.Flush(stop);
        if (directive == RunDirective.Cancel) return Cancelled(loop);
        loop.WriteCheckpoint();
        if (directive == RunDirective.Pause) return new TrainerOutcome(TrainerEnd.Paused, Step);
        (EvaluationPart evaluation, int? bestStep) = loop.Evaluations.Finish();
        RunResult? result = _plan.Worker == 0 ? StoreResult(replica, evaluation) with { BestStep = bestStep } : null;
        return new TrainerOutcome(TrainerEnd.Completed, Step, loop.Evaluations.Remark(Step), result);
    }

    // A cancelled run can be resumed too, so the state is kept where it is small. If it cannot be written, the run is cancelled all the
    // same.
    private TrainerOutcome Cancelled(TrainerLoop loop)
    {
        bool large = string.Equals(_plan.Spec.Method, "full", StringComparison.OrdinalIgnoreCase);
        string message = "";
        try
        {
            if (!large) loop.WriteCheckpoint();
        }
        catch (Exception e) when (e is not OperationCanceledException) { message = $"the last state could not be kept: {e.Message}"; }
        return new TrainerOutcome(TrainerEnd.Cancelled, Step, message);
    }

    private RunResult StoreResult(ITrainingReplica replica, EvaluationPart evaluation)
    {
        IReadOnlyList<ResultFile> files = replica.ExportResult();
        string id = Task.Run(async () =>
        {
            (string artifact, ArtifactManifest manifest) = await _services.Artifacts.WriteAsync(_plan.RunId, files);
            await _services.Grains.GetGrain<IArtifactWriterGrain>(artifact).CommitAsync(manifest);
            return artifact;
        }).WaitAsync(_stop.Token).GetAwaiter().GetResult();
        var result = new RunResult
        {
            Correct = checked((int)evaluation.Correct), Rows = checked((int)evaluation.Rows),
            EvaluationLoss = evaluation.Rows == 0 ? double.NaN : evaluation.LossSum / evaluation.Rows,
            CountsTokens = replica.CountsTokens,
            WeightsSha256 = id, WeightsBytes = files.Single(f => f.IsWeights).Content.Length, ArtifactId = id,
            TrainableParameters = replica.TrainableParameters, TotalParameters = replica.TotalParameters,
        };
        _services.Telemetry.RecordAccuracy(_plan.RunId, result.Accuracy);
        return result;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Trainer {Worker} of {RunId} failed")]
    private static partial void LogFailed(ILogger logger, string runId, int worker, Exception exception);
}
