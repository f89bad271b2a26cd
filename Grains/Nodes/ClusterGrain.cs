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
            HeldBy = held.FirstOrDefault(lease => lease.Exclusive && lease.Silos.Contains(node.Address))?.RunId ?? "",
            Runs = [.. held.Where(lease => lease.Silos.Contains(node.Address)).Select(lease => lease.RunId)],
        })];
    }

    /// <inheritdoc/>
    public Task DrainAsync(string silo) => SetDrainingAsync(silo, true);

    /// <inheritdoc/>
    public async Task UndrainAsync(string silo)
    {
        await SetDrainingAsync(silo, false);
        await GrainFactory.GetGrain<ISchedulerGrain>(0).NodeStartedAsync();
    }

    private async Task SetDrainingAsync(string silo, bool value)
    {
        IReadOnlyList<NodeStatus> described = await nodes.DescribeAsync();
        NodeStatus[] named = [.. described.Where(n => string.Equals(n.Name, silo, StringComparison.Ordinal))];
        if (named.Length == 0)
            throw new ClusterRequestException(
                $"there is no active silo '{silo}'; there are {string.Join(", ", described.Select(n => n.Name))}");
        foreach (NodeStatus node in named)
            await GrainFactory.GetGrain<INodeGrain>(INodeGrain.KeyOf(SiloAddress.FromParsableString(node.Address))).SetDrainingAsync(value);
    }
}
