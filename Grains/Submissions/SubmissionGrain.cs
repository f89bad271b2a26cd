using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using MessagePack;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace LoraCluster.Grains.Submissions;

/// <summary>
/// What runs and jobs have in common: something that is submitted once under an id, waits for slots, has workers on silos, comes to rest.
/// Changes of state take turns, are written, and wake those who wait; how the workers are watched is in SubmissionGrain.Watch.cs.
/// </summary>
/// <typeparam name="TRecord">The persisted part.</typeparam>
public abstract partial class SubmissionGrain<TRecord>(
    IPersistentState<TRecord> state, ActiveNodes nodes, RunTimings timings, TimeProvider time, ILogger logger) : Grain
    where TRecord : class, ISubmissionRecord, new()
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _gate = new(1);
    private IGrainTimer? _savingAgain;
    private Activity? _span;

    /// <summary>What it is, for people: run or job.</summary>
    protected abstract string Noun { get; }

    /// <summary>Its line of the list.</summary>
    protected abstract RunSummary SummaryOf();

    /// <summary>Something else to note of a change of state.</summary>
    protected virtual void NoteMove(RunState to, string reason)
    {
    }

    private protected RecordStore<TRecord> Store { get; } = new(state);

    private protected StatusFeed Feed { get; } = new(time);

    private protected ActiveNodes Nodes => nodes;

    private protected RunTimings Timings => timings;

    private protected TimeProvider Time => time;

    private protected ILogger Logger => logger;

    private protected string Id => this.GetPrimaryKeyString();

    private protected TRecord Record => Store.Record;

    private protected bool IsActive => Record.State is RunState.Preparing or RunState.Running or RunState.Pausing or RunState.Cancelling;

    // The span from the slots to the end; an activation that took the work up in between has none.
    private protected string? TraceParent => _span?.Id ?? Record.TraceParent;

    private protected ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>(0);

    private protected IRunIndexGrain Index => GrainFactory.GetGrain<IRunIndexGrain>(0);

    /// <summary>The scheduler says what is waited for.</summary>
    public Task ExplainQueueAsync(string reason) => InTurnAsync(() =>
    {
        // In turn, since the scheduler may say it before the submission that queued it is through.
        if (!Record.IsSubmitted || Record.State != RunState.Queued) return Task.CompletedTask;
        Record.Reason = reason;
        Feed.Advance();
        return Task.CompletedTask;
    });

    /// <summary>True while slots are held or waited for.</summary>
    public Task<bool> NeedsSlotsAsync() =>
        InTurnAsync(() => Task.FromResult(Record.IsSubmitted && !RunTransitions.IsAtRest(Record.State)));

    /// <summary>Waits until the status is newer than one seen, or the patience ends.</summary>
    private protected async Task WaitAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken)
    {
        RefuseUnknown();
        TimeSpan bounded = patience < TimeSpan.Zero ? TimeSpan.Zero : patience < LongestPatience ? patience : LongestPatience;
        await Feed.WaitAsync(seenVersion, bounded, cancellationToken);
        RefuseUnknown();
    }

    private protected void RefuseUnknown()
    {
        if (!Record.IsSubmitted) throw new ClusterRequestException($"there is no {Noun} {Id}");
    }

    /// <summary>Writes what was just submitted and queued; if that fails, nothing was submitted.</summary>
    private protected async Task PublishFirstAsync()
    {
        (Record.State, Record.Reason, Record.SubmittedAt) = (RunState.Queued, "waits for the scheduler", time.GetUtcNow());
        NoteMove(RunState.Queued, "submitted");
        Record.TraceParent = Telemetry.CurrentContext();
        try { await PublishAsync(); }
        catch
        {
            state.State = new TRecord();
            await Scheduler.ReleaseAsync(Id);
            throw;
        }
    }

    private protected async Task MoveAsync(RunState to, string reason)
    {
        if (!RunTransitions.Allows(Record.State, to)) throw new InvalidOperationException($"{Id} cannot go from {Record.State} to {to}");
        SubmissionLog.Moved(logger, Id, Record.State, to, reason);
        (Record.State, Record.Reason) = (to, reason);
        NoteMove(to, reason);
        try { await PublishAsync(); }
        catch (InconsistentStateException) { throw; }
        catch (Exception e)
        {
            // The store is away: the work goes on, and the state is written with the next round of the timer.
            SubmissionLog.NotSaved(logger, Id, e);
            _savingAgain ??= this.RegisterGrainTimer(SaveAgainAsync, TimerOptions());
        }
    }

    /// <summary>Takes it off the list and deletes the record.</summary>
    private protected async Task EraseAsync()
    {
        await Index.RemoveAsync(Id);
        await Store.ClearAsync();
        state.State = new TRecord();
        Feed.Advance();
        DeactivateOnIdle();
    }

    private protected void BeginSpan(string name) => _span = Telemetry.StartDetached(name, Id, Record.TraceParent);

    private protected void EndSpan(RunState end)
    {
        Telemetry.Stop(_span?.SetTag(TelemetryNames.StateTag, end.ToString()));
        _span = null;
    }

    private protected async Task<T> InTurnAsync<T>(Func<Task<T>> change)
    {
        await _gate.WaitAsync();
        try { return await change(); }
        finally { _gate.Release(); }
    }

    private protected Task InTurnAsync(Func<Task> change) => InTurnAsync(async () =>
    {
        await change();
        return true;
    });

    private protected async Task TryAsync(Func<Task> call)
    {
        try { await call().WaitAsync(timings.PingPatience, time); }
        catch (Exception e) { SubmissionLog.CallFailed(logger, Id, e); }
    }

    // Records compare their lists by reference, so specs are compared by their bytes.
    private protected static bool SameSpec<TSpec>(TSpec left, TSpec right) =>
        MessagePackSerializer.Serialize(left).AsSpan().SequenceEqual(MessagePackSerializer.Serialize(right));

    private protected static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private async Task PublishAsync()
    {
        Record.Version = Feed.Advance();
        await Store.SaveAsync();
        _ = TryAsync(() => Index.RecordAsync(SummaryOf()));
    }

    private async Task SaveAgainAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Store.IsUncertain) await PublishAsync();
            _savingAgain?.Dispose();
            _savingAgain = null;
        }
        catch (Exception e) { SubmissionLog.NotSaved(logger, Id, e); }
    }

    private GrainTimerCreationOptions TimerOptions() => new(timings.PingPeriod, timings.PingPeriod) { KeepAlive = true, Interleave = true };
}
