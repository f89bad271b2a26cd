using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Storage;
using MessagePack;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Scheduling;

/// <summary>The persisted part of the scheduler.</summary>
[MessagePackObject, StateSchema("scheduler", 1)]
public sealed class SchedulerState
{
    /// <summary>Slots in use.</summary>
    [Key(0)] public List<SlotLease> Leases { get; set; } = [];

    /// <summary>Who waits, in order.</summary>
    [Key(1)] public List<SlotRequest> Queue { get; set; } = [];
}

/// <summary>
/// Hosts the <see cref="SlotLedger"/>: looks at the nodes, hands out slots, and asks from time to time whether those who hold slots
/// still need them (a grain may have been lost between the end of its run and giving them back).
/// </summary>
[Orleans.Concurrency.Reentrant]
public sealed partial class SchedulerGrain(
    [PersistentState("scheduler", ClusterGrainsHosting.StateProviderName)] IPersistentState<SchedulerState> state, ActiveNodes nodes,
    ILogger<SchedulerGrain> logger)
    : Grain, ISchedulerGrain
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<string, string> _toldReasons = new(StringComparer.Ordinal);
    private SlotLedger _ledger = new([], []);
    private Task _pump = Task.CompletedTask;
    private bool _pumpAgain;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger = new SlotLedger(state.State.Leases, state.State.Queue);
        var sweeping = new GrainTimerCreationOptions(TimeSpan.FromSeconds(1), SweepPeriod) { KeepAlive = true, Interleave = true };
        this.RegisterGrainTimer(SweepAsync, sweeping);
        _ = FollowMembershipAsync();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _stopping.CancelAsync();

    /// <inheritdoc/>
    public async Task EnqueueAsync(SlotRequest request)
    {
        if (_ledger.Enqueue(request)) await SaveAsync();
        Pump();
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(string runId)
    {
        _toldReasons.Remove(runId);
        if (_ledger.Release(runId)) await SaveAsync();
        Pump();
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SlotLease>> GetLeasesAsync() => Task.FromResult<IReadOnlyList<SlotLease>>([.. _ledger.Leases]);

    /// <inheritdoc/>
    public Task NodeStartedAsync()
    {
        Pump();
        return Task.CompletedTask;
    }

    private async Task FollowMembershipAsync()
    {
        try
        {
            await foreach (bool _ in nodes.ChangesAsync(_stopping.Token)) Pump();
        }
        catch (OperationCanceledException) { }
    }

    // One pump at a time; what changes while it runs makes it run once more.
    private void Pump()
    {
        _pumpAgain = true;
        if (_pump.IsCompleted) _pump = PumpAsync();
    }

    private async Task PumpAsync()
    {
        await Task.Yield();
        while (_pumpAgain)
        {
            _pumpAgain = false;
            if (_ledger.Queue.Count == 0) return;
            try { await GrantAsync(await nodes.DescribeAsync()); }
            catch (Exception e) { LogPumpFailed(logger, e); }
        }
    }

    private async Task GrantAsync(IReadOnlyList<NodeStatus> described)
    {
        while (_ledger.TryGrant(described) is { } lease)
        {
            await SaveAsync();
            await OfferAsync(lease);
        }
        foreach (SlotRequest waiting in _ledger.Queue.ToArray())
        {
            string reason = _ledger.ReasonOf(waiting.RunId, described);
            if (_toldReasons.TryGetValue(waiting.RunId, out string? told) && string.Equals(told, reason, StringComparison.Ordinal))
                continue;
            _toldReasons[waiting.RunId] = reason;
            await HolderOf(waiting.RunId).ExplainQueueAsync(reason);
        }
    }

    private async Task OfferAsync(SlotLease lease)
    {
        try
        {
            if (await HolderOf(lease.RunId).AssignAsync(lease)) return;
        }
        catch (Exception e) { LogOfferFailed(logger, lease.RunId, e); }
        await ReleaseAsync(lease.RunId);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (SlotLease lease in _ledger.Leases.ToArray())
        {
            if (await NeedsSlotsAsync(lease.RunId)) continue;
            LogSlotsReclaimed(logger, lease.RunId);
            await ReleaseAsync(lease.RunId);
        }
        foreach (SlotRequest waiting in _ledger.Queue.ToArray())
            if (!await NeedsSlotsAsync(waiting.RunId)) await ReleaseAsync(waiting.RunId);
        Pump();
    }

    private async Task<bool> NeedsSlotsAsync(string runId)
    {
        try { return await HolderOf(runId).NeedsSlotsAsync(); }
        catch (Exception e) when (e is OrleansException or TimeoutException) { return true; }
    }

    private async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try { await state.WriteStateAsync(); }
        catch (Exception e)
        {
            // What is in memory still holds; the next change is written whole again. Not knowing the version, read it anew first.
            LogSaveFailed(logger, e);
            await RecoverAsync();
        }
        finally { _writing.Release(); }
    }

    private async Task RecoverAsync()
    {
        SchedulerState mine = state.State;
        try { await state.ReadStateAsync(); }
        catch (Exception e) { LogSaveFailed(logger, e); }
        state.State = mine;
    }

    private ISlotHolderGrain HolderOf(string id) => JobIds.IsValid(id)
        ? GrainFactory.GetGrain<IJobLinkGrain>(id) : GrainFactory.GetGrain<IRunLinkGrain>(id);
}
