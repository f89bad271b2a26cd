namespace LoraCluster.Grains.Nodes;

/// <summary>The silos that are active by the local view of the cluster's membership.</summary>
public sealed class ActiveNodes(IClusterMembershipService membership, IGrainFactory grains)
{
    /// <summary>Addresses of the active silos.</summary>
    public IReadOnlyList<SiloAddress> Addresses =>
        [.. membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress)];

    /// <summary>Names of the active silos.</summary>
    public IReadOnlyCollection<string> Names => membership.CurrentSnapshot.Members.Values
        .Where(m => m.Status == SiloStatus.Active).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>True if the silo was declared dead or is unknown.</summary>
    public bool IsGone(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None;

    /// <summary>Follows changes of the membership until cancelled.</summary>
    public async IAsyncEnumerable<bool> ChangesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ClusterMembershipSnapshot _ in membership.MembershipUpdates.WithCancellation(cancellationToken)) yield return true;
    }

    /// <summary>What the active silos say of themselves, ordered by name; one that does not answer is left out.</summary>
    public async Task<IReadOnlyList<NodeStatus>> DescribeAsync()
    {
        using System.Diagnostics.Activity quiet = Telemetry.Unsampled();
        NodeStatus?[] described = await Task.WhenAll(Addresses.Select(DescribeAsync));
        return [.. described.OfType<NodeStatus>()
            .OrderBy(n => n.Name, StringComparer.Ordinal).ThenBy(n => n.Address, StringComparer.Ordinal)];
    }

    private async Task<NodeStatus?> DescribeAsync(SiloAddress silo)
    {
        try { return await grains.GetGrain<INodeGrain>(INodeGrain.KeyOf(silo)).DescribeAsync(); }
        catch (Exception e) when (e is OrleansException or TimeoutException) { return null; }
    }
}
