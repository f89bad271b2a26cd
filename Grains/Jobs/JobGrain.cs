using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Submissions;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Jobs;

/// <summary>
/// A job: what clients ask for is here, how it starts, is watched and ends in JobGrain.Life.cs. Reentrant, so that it can be asked while it
/// waits; what it has in common with a run is in its base.
/// </summary>
[Reentrant]
public sealed partial class JobGrain(
    [PersistentState("job", ClusterGrainsHosting.StateProviderName)] IPersistentState<JobRecord> state, JobWorks works,
    PredictionStore predictions, ActiveNodes nodes, RunTimings timings, TimeProvider time, ILogger<JobGrain> logger)
    : SubmissionGrain<JobRecord>(state, nodes, timings, time, logger), IJobGrain, IJobLinkGrain
{
    /// <inheritdoc/>
    protected override string Noun => "job";

    private JobSpec Spec => Record.Spec!;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Feed.Restore(Record.Version);
        if (Record.Spec is not null && !RunTransitions.IsAtRest(Record.State)) TakeUp();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<JobStatus> SubmitAsync(JobSpec spec)
    {
        if (JobIds.KindOf(Id) != spec.Kind)
            throw new ClusterRequestException($"'{Id}' is no id of this kind of job; allowed is eval- or bench- and 12 characters");
        return await InTurnAsync(async () =>
        {
            if (Record.Spec is { } earlier)
                return SameSpec(earlier, spec) ? StatusOf() : throw new ClusterRequestException($"{Id} exists with another spec");
            if (works.Faults(spec, await Nodes.DescribeAsync()) is { Count: > 0 } faults)
                throw new ClusterRequestException(string.Join('\n', faults));
            await Scheduler.EnqueueAsync(works.Of(spec).Needs(Id, spec));
            Record.Spec = spec;
            await PublishFirstAsync();
            return StatusOf();
        });
    }

    /// <inheritdoc/>
    public Task<JobStatus?> GetStatusAsync() => Task.FromResult(Record.Spec is null ? null : StatusOf());

    /// <inheritdoc/>
    public async Task<JobStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        await WaitAsync(seenVersion, patience, cancellationToken);
        return StatusOf();
    }

    /// <inheritdoc/>
    public Task CancelAsync() => InTurnAsync(async () =>
    {
        RefuseUnknown();
        if (RunTransitions.IsAtRest(Record.State))
            throw new ClusterRequestException($"{Id} is {Record.State}; this is possible before its end");
        if (Record.State == RunState.Queued) await EndAsync(RunState.Cancelled, "cancelled by a user");
        else if (Record.State != RunState.Cancelling)
        {
            await MoveAsync(RunState.Cancelling, "ends after the part at hand");
            await StopWorkersAsync("the job was cancelled");
        }
    });

    /// <inheritdoc/>
    public async Task<PredictionChunk> GetPredictionsAsync(int chunk)
    {
        RefuseUnknown();
        if (Record.Result is not EvaluationResult { PredictionChunks: { Count: > 0 } chunks })
            throw new ClusterRequestException($"{Id} kept no predictions; a completed evaluation did that was asked to");
        return await predictions.ReadAsync(Id, chunks, chunk);
    }

    /// <inheritdoc/>
    public Task DeleteAsync() => InTurnAsync(async () =>
    {
        RefuseUnknown();
        if (!RunTransitions.IsAtRest(Record.State))
            throw new ClusterRequestException($"{Id} is {Record.State}; this is possible after its end");
        await works.Of(Spec).DeleteAsync(Id, Spec);
        await EraseAsync();
    });

    private JobStatus StatusOf() => new()
    {
        JobId = Id, Spec = Spec, State = Record.State, Reason = Record.Reason, SubmittedAt = Record.SubmittedAt,
        StartedAt = Record.StartedAt, EndedAt = Record.EndedAt, Done = Record.Done, Total = Record.Total,
        Phase = IsActive ? _phase : "", Silos = Record.Lease?.Names ?? [], Result = Record.Result, Notices = [.. Record.Notices],
        Version = Feed.Version,
    };
}
