using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using MessagePack;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Jobs;

/// <summary>
/// A job: what clients ask for is here, how it starts, is watched and ends in JobGrain.Life.cs. Reentrant, so that it can be asked while it
/// waits; changes of state take turns at the gate, as those of a run do.
/// </summary>
[Reentrant]
public sealed partial class JobGrain(
    [PersistentState("job", ClusterGrainsHosting.StateProviderName)] IPersistentState<JobRecord> state, JobWorks works,
    PredictionStore predictions, ActiveNodes nodes, RunTimings timings, TimeProvider time, ILogger<JobGrain> logger)
    : Grain, IJobGrain, IJobLinkGrain
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(30);
    private readonly RecordStore<JobRecord> _store = new(state);
    private readonly StatusFeed _feed = new(time);
    private readonly SemaphoreSlim _gate = new(1);

    private string Id => this.GetPrimaryKeyString();

    private JobRecord Record => _store.Record;

    private JobSpec Spec => Record.Spec!;

    private bool IsActive => Record.State is RunState.Preparing or RunState.Running or RunState.Cancelling;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _feed.Restore(Record.Version);
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
            if (works.Faults(spec, await nodes.DescribeAsync()) is { Count: > 0 } faults)
                throw new ClusterRequestException(string.Join('\n', faults));
            await Scheduler.EnqueueAsync(works.Of(spec).Needs(Id, spec));
            (Record.Spec, Record.State, Record.Reason) = (spec, RunState.Queued, "waits for the scheduler");
            Record.SubmittedAt = time.GetUtcNow();
            Record.TraceParent = Telemetry.CurrentContext();
            try { await PublishAsync(); }
            catch
            {
                state.State = new JobRecord();
                await Scheduler.ReleaseAsync(Id);
                throw;
            }
            return StatusOf();
        });
    }

    /// <inheritdoc/>
    public Task<JobStatus?> GetStatusAsync() => Task.FromResult(Record.Spec is null ? null : StatusOf());

    /// <inheritdoc/>
    public async Task<JobStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        RefuseUnknown();
        TimeSpan bounded = patience < TimeSpan.Zero ? TimeSpan.Zero : patience < LongestPatience ? patience : LongestPatience;
        await _feed.WaitAsync(seenVersion, bounded, cancellationToken);
        RefuseUnknown();
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
        await Index.RemoveAsync(Id);
        await _store.ClearAsync();
        state.State = new JobRecord();
        _feed.Advance();
        DeactivateOnIdle();
    });

    private ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>(0);

    private IRunIndexGrain Index => GrainFactory.GetGrain<IRunIndexGrain>(0);

    private JobStatus StatusOf() => new()
    {
        JobId = Id, Spec = Spec, State = Record.State, Reason = Record.Reason, SubmittedAt = Record.SubmittedAt,
        StartedAt = Record.StartedAt, EndedAt = Record.EndedAt, Done = Record.Done, Total = Record.Total,
        Phase = IsActive ? _phase : "", Silos = Record.Lease?.Names ?? [], Result = Record.Result, Notices = [.. Record.Notices],
        Version = _feed.Version,
    };

    private void RefuseUnknown()
    {
        if (Record.Spec is null) throw new ClusterRequestException($"there is no job {Id}");
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> change)
    {
        await _gate.WaitAsync();
        try { return await change(); }
        finally { _gate.Release(); }
    }

    private Task InTurnAsync(Func<Task> change) => InTurnAsync(async () =>
    {
        await change();
        return true;
    });

    // Records compare their lists by reference, so specs are compared by their bytes.
    private static bool SameSpec(JobSpec left, JobSpec right) =>
        MessagePackSerializer.Serialize(left).AsSpan().SequenceEqual(MessagePackSerializer.Serialize(right));
}
