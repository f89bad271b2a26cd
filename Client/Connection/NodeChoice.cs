using LoraCluster.Grains.Nodes;

namespace LoraCluster.Client.Connection;

/// <summary>Which silo does a piece of work.</summary>
internal static class NodeChoice
{
    /// <summary>The one with the smallest share of its slots in use, the first by name among equals; one that drains only if all do;
    /// null: there is none.</summary>
    public static NodeStatus? FreestOf(IReadOnlyList<NodeStatus> silos) =>
        silos.OrderBy(s => s.IsDraining).ThenBy(s => (double)s.SlotsUsed / Math.Max(1, s.Slots))
            .ThenBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault();
}
