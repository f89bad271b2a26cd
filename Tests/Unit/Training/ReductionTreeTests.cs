using CsCheck;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Training;

public sealed class ReductionTreeTests
{
    [Fact]
    public void Any_split_over_trainers_and_any_order_of_arrival_gives_the_same_bits()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int).Sample((leaves, world, seed) =>
        {
            world = Math.Min(world, leaves);
            float[][] gradients = Gradients(leaves);
            GradientSum expected = Reduce([.. Enumerable.Range(0, leaves).Select(m => (new TreeNode(0, m), Sum(gradients[m])))], leaves);

            var contributions = new List<(TreeNode, GradientSum)>();
            for (int worker = 0; worker < world; worker++)
            {
                (int first, int end) = ReductionTree.RangeOf(worker, world, leaves);
                foreach (TreeNode node in ReductionTree.MaximalNodes(first, end, leaves))
                {
                    int last = Math.Min(node.FirstLeaf + (1 << node.Level), leaves);
                    var local = new TreeReducer(node, leaves);
                    for (int m = node.FirstLeaf; m < last; m++) local.Add(new TreeNode(0, m), Sum(gradients[m]));
                    contributions.Add((node, local.Result!));
                }
            }
            new System.Random(seed).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(contributions));
            GradientSum actual = Reduce(contributions, leaves);

            Assert.Equal(expected.Gradient, actual.Gradient);
            Assert.Equal(expected.LossSum, actual.LossSum);
            Assert.Equal(leaves, actual.Rows);
        }, iter: 500);
    }

    [Fact]
    public void A_node_that_comes_twice_is_refused()
    {
        var reducer = new TreeReducer(ReductionTree.Root(3), 3);
        reducer.Add(new TreeNode(0, 0), Sum([1]));
        Assert.Throws<ArgumentException>(() => reducer.Add(new TreeNode(0, 0), Sum([1])));
        Assert.Null(reducer.Result);
    }

    [Fact]
    public void The_order_of_summation_is_the_tree_s()
    {
        // (big + small) + (-big + small) differs from summing in a row: the tree's value is the one that counts.
        float[] values = [1e8f, 1, -1e8f, 1, 0.5f];
        GradientSum sum = Reduce([.. values.Select((v, m) => (new TreeNode(0, m), Sum([v])))], values.Length);
        Assert.Equal((1e8f + 1 + (-1e8f + 1)) + 0.5f, sum.Gradient[0]);
    }

    private static GradientSum Reduce(IReadOnlyList<(TreeNode Node, GradientSum Sum)> parts, int leaves)
    {
        var reducer = new TreeReducer(ReductionTree.Root(leaves), leaves);
        foreach ((TreeNode node, GradientSum sum) in parts) reducer.Add(node, sum with { Gradient = [.. sum.Gradient] });
        return reducer.Result!;
    }

    private static GradientSum Sum(float[] gradient) => new([.. gradient], gradient[0], 1, 0);

    private static float[][] Gradients(int leaves)
    {
        var random = new System.Random(leaves);
        return [.. Enumerable.Range(0, leaves).Select(_ => Enumerable.Range(0, 5).Select(_ => random.NextSingle() * 1000 - 500).ToArray())];
    }
}
