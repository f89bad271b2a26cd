using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Nodes;

/// <summary>The cluster as a whole: the active silos' own descriptions, joined with the scheduler's leases.</summary>
[Orleans.Concurrency.Reentrant]
public sealed class ClusterGrain(ActiveNodes nodes) : Grain, IClusterGrain
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<NodeStatus>> GetNodesAsync()
    {
        Task<IReadOnlyList<SlotLease>> leases = GrainFactory.GetGrain<ISchedulerGrain>(0).GetLeasesAsync();
        IReadOnlyList<NodeStatus> described = await nodes.DescribeAsync();
        IReadOnlyList<SlotLease> held = await leases;
        return [.. described.Select(node => node with
        {
            SlotsUsed = held.Sum(lease => lease.SlotsOn(node)),
            Runs = [.. held.Where(lease => lease.Silos.Contains(node.Address)).Select(lease => lease.RunId)],
        })];
    }
}
