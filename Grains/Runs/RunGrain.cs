using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Blobs;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Submissions;
using LoraCluster.Grains.Trainers;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Runs;

/// <summary>
/// A training run: what clients ask for is here, what the cluster tells it in RunGrain.Link.cs, how it starts, is watched and ends in
/// RunGrain.Life.cs. Reentrant, so that it can be asked while it waits; what it has in common with a job is in its base.
/// </summary>
[Reentrant]
public sealed partial class RunGrain(
    [PersistentState("run", ClusterGrainsHosting.StateProviderName)] IPersistentState<RunRecord> state, CheckpointStore checkpoints,
    BlobStore blobs, ActiveNodes nodes, RunTimings timings, TimeProvider time, ILogger<RunGrain> logger)
    : SubmissionGrain<RunRecord>(state, nodes, timings, time, logger), IRunGrain, IRunLinkGrain
{
    private const int MostSteps = 10_000;
    private RunHistory _history = null!;

    /// <inheritdoc/>
    protected override string Noun => "run";

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _history = new RunHistory(Id, blobs);
        Feed.Restore(Record.Version);
        // Figures are written now and then only; a checkpoint says better how far the run was.
        if (Record.Checkpoint is { } last && last.Step > Record.Progress.Step) Record.Progress = Record.Progress with { Step = last.Step };
        if (Record.Submitted is not null && !RunTransitions.IsAtRest(Record.State)) TakeUp();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<RunStatus> SubmitAsync(RunSpec spec)
    {
        if (!RunIds.IsValid(Id))
            throw new ClusterRequestException($"'{Id}' is not a run id; allowed is run- and 12 characters of a-z and 2-7");
        return await InTurnAsync(async () =>
        {
            if (Record.Submitted is { } earlier)
                return SameSpec(earlier, spec) ? StatusOf() : throw new ClusterRequestException($"{Id} exists with another spec");
            await RefuseFaultsAsync(spec);
            await Scheduler.EnqueueAsync(RequestOf(spec));
            Record.Submitted = Record.Spec = spec;
            await PublishFirstAsync();
            return StatusOf();
        });
    }

    /// <inheritdoc/>
    public Task<RunStatus?> GetStatusAsync() => Task.FromResult(Record.Submitted is null ? null : StatusOf());

    /// <inheritdoc/>
    public async Task<RunStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        await WaitAsync(seenVersion, patience, cancellationToken);
        return StatusOf();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(int fromStep, int count)
    {
        RefuseUnknown();
        if (count is < 1 or > MostSteps) throw new ClusterRequestException(Text($"count is {count}; allowed is 1 to {MostSteps}"));
        await _history.LoadAsync(Record.Progress.Step);
        return _history.Read(fromStep, count);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync()
    {
        RefuseUnknown();
        return Task.FromResult<IReadOnlyList<EvaluationMetrics>>([.. Record.Evaluations ?? []]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RunEvent>> GetEventsAsync()
    {
        RefuseUnknown();
        return Task.FromResult<IReadOnlyList<RunEvent>>([.. Record.Events]);
    }

    /// <inheritdoc/>
    public Task CancelAsync() => InTurnAsync(async () =>
    {
        RefuseUnless(RunState.Queued, RunState.Preparing, RunState.Running, RunState.Pausing, RunState.Paused);
        switch (Record.State)
        {
            case RunState.Queued or RunState.Paused:
                await EndAsync(RunState.Cancelled, "cancelled by a user");
                break;
            case RunState.Preparing:
                await MoveAsync(RunState.Cancelling, "the trainers stop loading");
                await StopWorkersAsync("the run was cancelled");
                break;
            default:
                await MoveAsync(RunState.Cancelling, "ends after the step at hand");
                if (!await DirectAsync(RunDirective.Cancel)) await StopWorkersAsync("the run was cancelled");
                break;
        }
    });

    /// <inheritdoc/>
    public Task PauseAsync() => InTurnAsync(async () =>
    {
        RefuseUnless(RunState.Queued, RunState.Running);
        if (Record.State == RunState.Queued)
        {
            await EndAsync(RunState.Paused, "paused by a user");
            return;
        }
        await MoveAsync(RunState.Pausing, "ends after the step at hand, with a checkpoint");
        if (!await DirectAsync(RunDirective.Pause)) Record.Reason = "all steps are taken; the run is about to complete";
    });

    /// <inheritdoc/>
    public Task ResumeAsync() => InTurnAsync(async () =>
    {
        RefuseUnless(RunState.Paused, RunState.Failed, RunState.Cancelled);
        if (Record.Checkpoint is null && Record.Progress.Step > 0)
            throw new ClusterRequestException(Text($"{Id} took {Record.Progress.Step} steps and has no checkpoint; submit it anew"));
        await Scheduler.EnqueueAsync(RequestOf(Record.Spec!));
        await RewindAsync();
        await MoveAsync(RunState.Queued, "waits for the scheduler");
    });

    /// <inheritdoc/>
    public Task DeleteAsync() => InTurnAsync(async () =>
    {
        RefuseUnless(RunState.Paused, RunState.Failed, RunState.Cancelled, RunState.Completed);
        await checkpoints.DeleteAsync(Id);
        await _history.DeleteAsync();
        if (Record.Result is { } result) await GrainFactory.GetGrain<IArtifactWriterGrain>(result.ArtifactId).ReleaseAsync(Id);
        await EraseAsync();
    });

    /// <summary>Back to the last checkpoint, from where the next trainers go on.</summary>
    private async Task RewindAsync()
    {
        int step = Record.Checkpoint?.Step ?? 0;
        await _history.LoadAsync(Record.Progress.Step);
        _history.Truncate(step);
        Record.Evaluations?.RemoveAll(e => e.Step > step);
        Record.Progress = Record.Progress with { Step = step, Evaluation = Record.Evaluations?.LastOrDefault() };
        Record.EarlierSeconds = Record.Progress.Seconds;
        Record.EndedAt = null;
        Record.Lease = null;
    }

    private RunStatus StatusOf() => new()
    {
        RunId = Id, Spec = Record.Spec!, State = Record.State, Reason = Record.Reason, SubmittedAt = Record.SubmittedAt,
        StartedAt = Record.StartedAt, EndedAt = Record.EndedAt, Progress = Record.Progress, Silos = Record.Lease?.Names ?? [],
        Result = Record.Result,
        CheckpointStep = Record.Checkpoint?.Step, Notices = [.. Record.Notices], Version = Feed.Version,
    };

    private async Task RefuseFaultsAsync(RunSpec spec)
    {
        List<string> faults = [.. RunSpecMapping.Faults(spec)];
        IReadOnlyList<NodeStatus> present = await Nodes.DescribeAsync();
        if (present.Count > 0 && present.Max(n => n.Threads) is int most && spec.ThreadsPerTrainer > most)
            faults.Add(Text($"threads-per-trainer is {spec.ThreadsPerTrainer}; no silo has more than {most}"));
        if (faults.Count > 0) throw new ClusterRequestException(string.Join('\n', faults));
    }

    private void RefuseUnless(params ReadOnlySpan<RunState> allowed)
    {
        RefuseUnknown();
        if (allowed.Contains(Record.State)) return;
        string names = string.Join(", ", allowed.ToArray());
        throw new ClusterRequestException($"{Id} is {Record.State}; this is possible in {names}");
    }

    private SlotRequest RequestOf(RunSpec spec) => new(Id, spec.Trainers, spec.ThreadsPerTrainer, spec.RequireEqualBits);
}
