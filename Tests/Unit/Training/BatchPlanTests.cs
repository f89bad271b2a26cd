using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Training;

public sealed class BatchPlanTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 1_003).Select(i => 3 + i * 7 % 50)];
    private static readonly TrainingOptions Options = new() { GlobalBatchSize = 16, MicroBatchSize = 4, Epochs = 2, Seed = 5 };

    [Theory]
    [InlineData(Batching.Grouped)]
    [InlineData(Batching.Random)]
    public void Each_row_is_used_once_an_epoch_and_epochs_differ(Batching batching)
    {
        var plan = new BatchPlan(Lengths, Options with { Batching = batching });
        int[][] epochs = [.. Enumerable.Range(0, 2).Select(e => Rows(plan, e * plan.StepsPerEpoch, plan.StepsPerEpoch))];
        Assert.All(epochs, rows => Assert.Equal(Enumerable.Range(0, Lengths.Length), rows.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(2 * 63, plan.Steps);
        Assert.Equal(1_003 % 16, plan.Batch(plan.StepsPerEpoch - 1).Length);
    }

    [Fact]
    public void A_step_s_rows_do_not_depend_on_the_steps_asked_for_before()
    {
        var inOrder = new BatchPlan(Lengths, Options);
        int[] expected = [];
        for (int step = 0; step <= 70; step++) expected = inOrder.Batch(step).ToArray();
        Assert.Equal(expected, new BatchPlan(Lengths, Options).Batch(70).ToArray());
    }

    [Fact]
    public void Grouped_batches_hold_rows_of_like_length()
    {
        static int Padding(BatchPlan plan) => Enumerable.Range(0, plan.StepsPerEpoch)
            .Sum(s => plan.Batch(s).ToArray().Max(r => Lengths[r]) * plan.Batch(s).Length - plan.Batch(s).ToArray().Sum(r => Lengths[r]));
        int grouped = Padding(new BatchPlan(Lengths, Options)),
            random = Padding(new BatchPlan(Lengths, Options with { Batching = Batching.Random }));
        Assert.True(grouped * 10 < random, $"padding is {grouped} grouped and {random} random");
    }

    [Fact]
    public void Max_steps_goes_on_over_as_many_passes_as_it_takes()
    {
        var plan = new BatchPlan([4, 5, 6], Options with { MaxSteps = 10 });
        Assert.Equal((1, 10), (plan.StepsPerEpoch, plan.Steps));
        Assert.Equal([0, 1, 2], plan.Batch(9).ToArray().Order());
    }

    private static int[] Rows(BatchPlan plan, int first, int count) =>
        [.. Enumerable.Range(first, count).SelectMany(s => plan.Batch(s).ToArray())];
}
