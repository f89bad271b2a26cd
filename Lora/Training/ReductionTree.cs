using System.Numerics.Tensors;

namespace LoraCluster.Training;

/// <summary>A node of the reduction tree: level 0 are the micro-batches, node (l, i) is the sum of (l-1, 2i) and (l-1, 2i+1).</summary>
/// <param name="Level">0 or more.</param>
/// <param name="Index">Place in its level, 0 or more.</param>
public readonly record struct TreeNode(int Level, int Index)
{
    /// <summary>First micro-batch below this node.</summary>
    public int FirstLeaf => Index << Level;

    /// <summary>The node that this one is a part of.</summary>
    public TreeNode Parent => new(Level + 1, Index >> 1);

    /// <summary>The other part of the parent.</summary>
    public TreeNode Sibling => new(Level, Index ^ 1);

    /// <summary>(level, index).</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"({Level}, {Index})");
}

/// <summary>
/// The one order in which gradients are summed, whoever computed which part: a binary tree over the micro-batches of a global batch.
/// A missing child is left out, never added as zero, so any split of the leaves over trainers gives the same bits.
/// </summary>
public static class ReductionTree
{
    /// <summary>The root over <paramref name="leaves"/> micro-batches (1 or more).</summary>
    public static TreeNode Root(int leaves)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(leaves, 1);
        int level = 0;
        while (1 << level < leaves) level++;
        return new TreeNode(level, 0);
    }

    /// <summary>True if the node has a leaf among the first <paramref name="leaves"/> micro-batches.</summary>
    public static bool Exists(TreeNode node, int leaves) => node.FirstLeaf < leaves;

    /// <summary>The fewest nodes that cover micro-batches [first, end) of <paramref name="leaves"/>, in order: what a trainer
    /// sends.</summary>
    public static IReadOnlyList<TreeNode> MaximalNodes(int first, int end, int leaves)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, leaves);
        var nodes = new List<TreeNode>();
        for (int leaf = first; leaf < end;)
        {
            int level = 0;
            while ((leaf & ((2 << level) - 1)) == 0 && Math.Min(leaf + (2 << level), leaves) <= end && 1 << level < leaves) level++;
            nodes.Add(new TreeNode(level, leaf >> level));
            leaf = Math.Min(leaf + (1 << level), leaves);
        }
        return nodes;
    }

    /// <summary>Micro-batches [first, end) of a worker when <paramref name="leaves"/> are dealt to <paramref name="worldSize"/> workers as
    /// evenly as can be.</summary>
    public static (int First, int End) RangeOf(int workerRank, int worldSize, int leaves)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(worldSize, leaves);
        return ((int)((long)leaves * workerRank / worldSize), (int)((long)leaves * (workerRank + 1) / worldSize));
    }
}

/// <summary>
/// Sums nodes as they come, in any order, to the root of a <see cref="ReductionTree"/>; keeps at most one buffer a level and range.
/// Not thread-safe; deterministic: the result depends on the nodes' values alone.
/// </summary>
/// <param name="root">The node to sum up to: the root for the coordinator, a maximal node for a trainer.</param>
/// <param name="leaves">Micro-batches of the global batch, 1 or more.</param>
public sealed class TreeReducer(TreeNode root, int leaves)
{
    private readonly Dictionary<TreeNode, GradientSum> _waiting = [];

    /// <summary>The finished sum, or null while nodes are missing.</summary>
    public GradientSum? Result { get; private set; }

    /// <summary>Adds a node. The reducer takes over the buffer and may change it.</summary>
    /// <exception cref="ArgumentException">The node (or one above or below it) was added before.</exception>
    public void Add(TreeNode node, GradientSum sum)
    {
        while (node != root)
        {
            if (ReductionTree.Exists(node.Sibling, leaves))
            {
                if (!_waiting.Remove(node.Sibling, out GradientSum? other))
                {
                    if (!_waiting.TryAdd(node, sum)) throw new ArgumentException($"node {node} was added before");
                    return;
                }
                sum = (node.Index & 1) == 0 ? sum.Plus(other) : other.Plus(sum);
            }
            node = node.Parent;
        }
        if (Result is not null) throw new ArgumentException($"node {node} was added before");
        Result = sum;
    }
}

/// <summary>A sum over micro-batches: gradient of the loss sum, the loss sum itself and what was counted. Never means.</summary>
/// <param name="Gradient">Flat fp32 gradient in the order of the parameter layout (or a chunk of it).</param>
/// <param name="LossSum">Sum of the rows' losses.</param>
/// <param name="Rows">Rows (or tokens with a target) behind the loss sum; the divisor of the mean.</param>
/// <param name="Correct">Rows classified right.</param>
public sealed record GradientSum(float[] Gradient, double LossSum, long Rows, long Correct)
{
    /// <summary>This + other, in this order; the result reuses this gradient's buffer.</summary>
    public GradientSum Plus(GradientSum other)
    {
        if (other.Gradient.Length != Gradient.Length) throw new ArgumentException(
            $"gradients of {Gradient.Length} and {other.Gradient.Length} values");
        TensorPrimitives.Add(Gradient, other.Gradient, Gradient);
        return new GradientSum(Gradient, LossSum + other.LossSum, Rows + other.Rows, Correct + other.Correct);
    }
}
