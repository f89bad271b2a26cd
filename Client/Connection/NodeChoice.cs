using LoraCluster.Grains.Nodes;

namespace LoraCluster.Client.Connection;

/// <summary>Which silo does a piece of work that takes no slot: a merge, a check, predictions, a text.</summary>
internal static class NodeChoice
{
    /// <summary>The silo of a cluster to ask.</summary>
    /// <exception cref="ClientException">It has no active silo, or benchmarks have all of them for themselves.</exception>
    public static async Task<NodeStatus> FreestAsync(IClusterConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeStatus> silos = await connection.GetNodesAsync(cancellationToken);
        if (silos.Count == 0) throw new ClientException(ExitCodes.NoCluster, $"{connection.Description} has no active silo");
        return FreestOf(silos) ?? throw new ClientException(ExitCodes.Failed, "no silo can take this now: "
            + string.Join(", ", silos.Select(s => $"{s.Name} is held by {s.HeldBy} alone")) + "; try again once that is over");
    }

    /// <summary>The one with the smallest share of its slots in use, the first by name among equals; one that drains only if all do,
    /// and none that a benchmark has for itself: it would measure this too. Null: there is none.</summary>
    public static NodeStatus? FreestOf(IReadOnlyList<NodeStatus> silos) =>
        silos.Where(s => s.HeldBy.Length == 0).OrderBy(s => s.IsDraining).ThenBy(s => (double)s.SlotsUsed / Math.Max(1, s.Slots))
            .ThenBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault();
}
