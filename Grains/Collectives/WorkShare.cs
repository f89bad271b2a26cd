using LoraCluster.Training;

namespace LoraCluster.Grains.Collectives;

/// <summary>Which micro-batches of a step a worker computes: a function of rank, world and step size alone, known to both ends.</summary>
public static class WorkShare
{
    /// <summary>Micro-batches [first, end) of a worker. In an incomplete batch with fewer micro-batches than workers some have
    /// none.</summary>
    public static (int First, int End) RangeOf(int worker, int world, int leaves) =>
        ((int)((long)leaves * worker / world), (int)((long)leaves * (worker + 1) / world));

    /// <summary>The nodes that a worker sends.</summary>
    public static IReadOnlyList<TreeNode> NodesOf(int worker, int world, int leaves)
    {
        (int first, int end) = RangeOf(worker, world, leaves);
        return first == end ? [] : ReductionTree.MaximalNodes(first, end, leaves);
    }
}
