using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    private const int MaxNotices = 100, MaxEvaluations = 1_000;

    /// <inheritdoc/>
    public Task<bool> AssignAsync(SlotLease lease) => InTurnAsync(async () =>
    {
        if (Record.Submitted is null || Record.State != RunState.Queued) return false;
        Record.Lease = lease;
        Record.Membership++;
        BeginSpan(TelemetryNames.RunSpan);
        await MoveAsync(RunState.Preparing, "the trainers load model and data");
        Watch();
        _ = PrepareAsync(Record.Membership);
        return true;
    });

    /// <inheritdoc/>
    public Task ReportProgressAsync(int membership, ProgressReport report)
    {
        if (membership != Record.Membership || !IsActive) return Task.CompletedTask;
        TakeEvaluations(report.Evaluations);
        if (report.Steps.Count == 0) return Task.CompletedTask;
        _history.Append(report.Steps);
        StepMetrics last = report.Steps[^1];
        Record.Progress = Record.Progress with
        {
            Step = last.Step, Loss = last.Loss, TrainingAccuracy = last.TrainingAccuracy, LearningRate = last.LearningRate,
            GradNorm = last.GradNorm,
            SamplesPerSecond = report.Seconds > 0 ? report.Rows / report.Seconds : 0, BytesPerStep = report.BytesPerStep,
            Seconds = Record.EarlierSeconds + report.Seconds, StepTimeMs = report.StepTimeMs, AllReduceTimeMs = report.AllReduceTimeMs,
        };
        Feed.Advance();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<int> BeginCheckpointAsync(int membership) => InTurnAsync(async () =>
    {
        RefuseStale(membership);
        // Until the store is known to hold what is in memory, either slot may be the one that it names.
        if (Store.IsUncertain) await Store.SaveAsync();
        return Record.Checkpoint is { } last ? (last.Slot + 1) % CheckpointStore.Slots : 0;
    });

    /// <inheritdoc/>
    public Task CommitCheckpointAsync(int membership, CheckpointRef checkpoint) => InTurnAsync(async () =>
    {
        RefuseStale(membership);
        (CheckpointRef? last, CheckpointRef? earlier) = (Record.Checkpoint, Record.EarlierCheckpoint);
        (Record.Checkpoint, Record.EarlierCheckpoint) = (checkpoint, last);
        try { await Store.SaveAsync(); }
        catch
        {
            (Record.Checkpoint, Record.EarlierCheckpoint) = (last, earlier);
            throw;
        }
        LogCheckpoint(Logger, Id, checkpoint.Step, checkpoint.Length);
        Feed.Advance();
        await TrySaveHistoryAsync();
    });

    /// <inheritdoc/>
    public Task ReportNoticeAsync(int membership, string notice)
    {
        if (membership == Record.Membership) AddNotices([notice]);
        Feed.Advance();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReportOutcomeAsync(int membership, int worker, TrainerOutcome outcome) =>
        InTurnAsync(() => TakeOutcomeAsync(membership, worker, outcome));

    // A step that is evaluated again, after a resume, takes the place of what came before.
    private void TakeEvaluations(IReadOnlyList<EvaluationMetrics> evaluations)
    {
        if (evaluations.Count == 0) return;
        List<EvaluationMetrics> known = Record.Evaluations ??= [];
        foreach (EvaluationMetrics evaluation in evaluations)
        {
            known.RemoveAll(e => e.Step >= evaluation.Step);
            known.Add(evaluation);
        }
        if (known.Count > MaxEvaluations) Record.Evaluations = [.. known.Where((_, i) => i % 2 == 0 || i == known.Count - 1)];
        Record.Progress = Record.Progress with { Evaluation = known[^1] };
        Feed.Advance();
    }

    private void RefuseStale(int membership)
    {
        if (membership == Record.Membership && IsActive) return;
        throw new ClusterRequestException(
            Text($"{Id} is {Record.State} at membership version {Record.Membership}; the message is of version {membership}"));
    }

    private void AddNotices(IEnumerable<string> notices)
    {
        foreach (string notice in notices)
        {
            if (Record.Notices.Count >= MaxNotices || Record.Notices.Contains(notice)) continue;
            Record.Notices.Add(notice);
            Record.AddEvent(Time.GetUtcNow(), notice);
        }
    }

    private async Task TrySaveHistoryAsync()
    {
        try { await _history.SaveAsync(); }
        catch (Exception e) { LogHistoryNotSaved(Logger, Id, e); }
    }
}
