using System.Diagnostics;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Submissions;
using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    private readonly Dictionary<int, TrainerOutcome> _outcomes = [];
    private bool _begun;

    // What an activation finds that was lost in mid-run: the trainers may well go on, so it takes the watch up where the last one left it.
    private void TakeUp()
    {
        if (Record.State == RunState.Queued)
        {
            _ = TryAsync(() => Scheduler.EnqueueAsync(RequestOf(Record.Spec!)));
            return;
        }
        SubmissionLog.TakenUp(Logger, Id, Record.State);
        Watch();
        _begun = Record.State != RunState.Preparing;
        if (!_begun) _ = PrepareAsync(Record.Membership);
    }

    private async Task PrepareAsync(int membership)
    {
        await Task.Yield();
        using Activity? activity = Telemetry.StartPhase(TelemetryNames.PrepareSpan, Id, TraceParent);
        try
        {
            PreparedTrainer[] prepared = await AllOrFirstFault(
                Enumerable.Range(0, Record.Lease!.Silos.Count).Select(PrepareTrainerAsync).ToArray());
            await InTurnAsync(() => Record.Membership == membership && Record.State == RunState.Preparing
                ? BeginAsync(prepared)
                : EndPreparingAsync(membership, ""));
        }
        catch (Exception e)
        {
            await InTurnAsync(() => EndPreparingAsync(membership, e.Message));
        }
    }

    private async Task<PreparedTrainer> PrepareTrainerAsync(int worker)
    {
        var plan = new TrainerPlan
        {
            RunId = Id, Spec = Record.Spec!, Membership = Record.Membership, Worker = worker, TraceParent = TraceParent,
            Coordinator = ICoordinatorGrain.KeyOf(Id, Record.Membership, SiloOf(0)),
            Checkpoints = [.. new[] { Record.Checkpoint, Record.EarlierCheckpoint }.OfType<CheckpointRef>()],
        };
        try { return await TrainerOf(worker).PrepareAsync(plan); }
        catch (Exception e) when (e is not ClusterRequestException and not OperationCanceledException)
        {
            throw new ClusterRequestException($"{NameOf(worker)} could not be prepared: {e.Message}");
        }
        catch (ClusterRequestException e) { throw new ClusterRequestException($"{Record.Lease!.Names[worker]}: {e.Message}"); }
    }

    private async Task BeginAsync(PreparedTrainer[] prepared)
    {
        PreparedTrainer first = prepared[0];
        for (int worker = 1; worker < prepared.Length; worker++)
        {
            string? difference = DifferenceBetween(first, prepared[worker]);
            if (difference is null) continue;
            await EndAsync(RunState.Failed,
                $"{Record.Lease!.Names[worker]} has another {difference} than {Record.Lease.Names[0]} under the same path or spec");
            return;
        }
        Record.Spec = Record.Spec! with { ModelHash = first.ModelHash, DatasetHash = first.DatasetHash };
        AddNotices(first.Notices);
        Record.Progress = Record.Progress with { Step = first.Step, Steps = first.Steps };
        Record.StartedAt = Time.GetUtcNow();
        var plan = new CollectivePlan
        {
            RunId = Id, Membership = Record.Membership, Places = Record.Lease!.Names, LayoutHash = first.LayoutHash, Values = first.Values,
            TensorNames = first.TensorNames, FirstStep = first.Step, Steps = first.Steps, StepPatience = Timings.StepPatience,
            EvalSteps = Record.Spec.EvalSteps ?? 0,
        };
        try
        {
            await Coordinator.StartAsync(plan);
            _begun = true;
            await MoveAsync(RunState.Running, "");
            await Task.WhenAll(Workers.Select(w => TrainerOf(w).StartAsync(plan)));
        }
        catch (Exception e) { await EndAsync(RunState.Failed, $"the trainers could not be started: {e.Message}"); }
    }

    private async Task EndPreparingAsync(int membership, string message)
    {
        if (Record.Membership != membership) return;
        if (Record.State == RunState.Cancelling) await EndAsync(RunState.Cancelled, "cancelled by a user");
        else if (Record.State == RunState.Preparing) await EndAsync(RunState.Failed, message);
    }

    private async Task TakeOutcomeAsync(int membership, int worker, TrainerOutcome outcome)
    {
        if (membership != Record.Membership || !IsActive || !_begun || !_outcomes.TryAdd(worker, outcome)) return;
        bool cancelling = Record.State == RunState.Cancelling;
        if (outcome.End is TrainerEnd.Failed or TrainerEnd.Stopped && !cancelling)
        {
            string? loss = await FindLossAsync();
            bool isLoss = loss is not null || outcome.End == TrainerEnd.Stopped;
            if (isLoss) await EndByLossAsync(loss ?? $"{NameOf(worker)}: {outcome.Message}");
            else await EndAsync(RunState.Failed, $"{NameOf(worker)}: {outcome.Message}");
            return;
        }
        if (_outcomes.Count < Record.Lease!.Silos.Count) return;
        Record.Progress = Record.Progress with { Step = Math.Max(Record.Progress.Step, outcome.Step) };
        if (cancelling) await EndAsync(RunState.Cancelled, CancelledReason());
        else if (outcome.End != TrainerEnd.Paused) await CompleteAsync(_outcomes[0]);
        else if (Record.DrainedSilo is { } silo) await RequeueAsync(silo);
        else await EndAsync(RunState.Paused, "paused by a user");
    }

    private string CancelledReason()
    {
        string remark = _outcomes.GetValueOrDefault(0)?.Message ?? "";
        return remark.Length == 0 ? "cancelled by a user" : $"cancelled by a user; {remark}";
    }

    private async Task CompleteAsync(TrainerOutcome outcome)
    {
        if (outcome.Result is null)
        {
            await EndAsync(RunState.Failed, "worker 0 ended without a result");
            return;
        }
        Record.Result = outcome.Result;
        // After an early stop the steps that were taken are all there are; the reason says how many were planned.
        Record.Progress = Record.Progress with { Steps = Math.Min(Record.Progress.Steps, outcome.Step) };
        await EndAsync(RunState.Completed, outcome.Message);
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(RunState end, string reason)
    {
        await LetGoAsync(end, reason);
        Record.EndedAt = Time.GetUtcNow();
        await TrySaveHistoryAsync();
        await MoveAsync(end, end == RunState.Failed ? WithHint(reason) : reason);
        await TryAsync(() => Scheduler.ReleaseAsync(Id));
    }

    private async Task LetGoAsync(RunState next, string reason)
    {
        bool held = IsActive;
        if (held && _outcomes.Count < (Record.Lease?.Silos.Count ?? 0)) await StopWorkersAsync($"the run is {next}: {reason}");
        if (held) await TryAsync(() => Coordinator.StopAsync($"the run is {next}"));
        StopWatching();
        EndSpan(next);
        _outcomes.Clear();
        _begun = false;
        Record.DrainedSilo = null;
    }

    private string WithHint(string reason) => Record.Checkpoint is { } checkpoint
        ? Text($"{reason}; the checkpoint of step {checkpoint.Step} is kept: `client resume {Id}` goes on from there")
        : reason;

    /// <inheritdoc/>
    protected override void NoteMove(RunState to, string reason) =>
        Record.AddEvent(Time.GetUtcNow(), reason.Length == 0 ? $"{to}" : $"{to}: {reason}");

    /// <inheritdoc/>
    protected override RunSummary SummaryOf() => new(
        Id, Record.Spec!.Name, Record.State, Record.SubmittedAt, Record.Progress.Step, Record.Progress.Steps,
        Record.Result?.Accuracy ?? double.NaN, Record.Spec.Method, Record.Spec.ModelPath, RunKind.Training, KeyFigures.Of(Record.Result),
        RunTransitions.IsAtRest(Record.State) ? Record.EndedAt : null);

    private async Task<bool> DirectAsync(RunDirective directive)
    {
        try { return await Coordinator.DirectAsync(directive).WaitAsync(Timings.PingPatience, Time); }
        catch (Exception e)
        {
            LogNotDirected(Logger, Id, directive, e);
            return false;
        }
    }

    /// <inheritdoc/>
    protected override Task StopWorkersAsync(string reason) =>
        Task.WhenAll(Workers.Select(w => TryAsync(() => TrainerOf(w).StopAsync(reason))));

    private static async Task<T[]> AllOrFirstFault<T>(Task<T>[] tasks)
    {
        await foreach (Task<T> task in Task.WhenEach(tasks)) await task;
        return await Task.WhenAll(tasks);
    }

    private static string? DifferenceBetween(PreparedTrainer left, PreparedTrainer right)
    {
        if (!string.Equals(left.ModelHash, right.ModelHash, StringComparison.Ordinal)) return "model";
        if (!string.Equals(left.DatasetHash, right.DatasetHash, StringComparison.Ordinal)) return "data set";
        if (left.LayoutHash != right.LayoutHash || left.Values != right.Values) return "parameter layout";
        return left.Step != right.Step ? "checkpoint" : left.Steps != right.Steps ? "number of steps" : null;
    }

    private ICoordinatorGrain Coordinator =>
        GrainFactory.GetGrain<ICoordinatorGrain>(ICoordinatorGrain.KeyOf(Id, Record.Membership, SiloOf(0)));

    private ITrainerGrain TrainerOf(int worker) =>
        GrainFactory.GetGrain<ITrainerGrain>(ITrainerGrain.KeyOf(Id, Record.Membership, worker, SiloOf(worker)));

    private string NameOf(int worker) => Text($"trainer {worker} on {Record.Lease!.Names[worker]}");
}
