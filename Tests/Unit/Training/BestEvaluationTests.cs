using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Training;

public sealed class BestEvaluationTests
{
    [Fact]
    public void The_smallest_loss_or_the_most_right_is_the_best_and_an_equal_one_is_not_better()
    {
        var byLoss = new BestEvaluation(byLoss: true, patience: null);
        Assert.True(byLoss.Take(1, 5, 10, 3, () => [1]));
        Assert.False(byLoss.Take(2, 5, 10, 9, () => [2]));
        Assert.True(byLoss.Take(3, 4, 10, 1, () => [3]));
        Assert.Equal((3, 0), (byLoss.State!.Step, byLoss.State.Worse));
        Assert.Equal([3f], byLoss.State.Parameters);
        var byAccuracy = new BestEvaluation(byLoss: false, patience: null);
        Assert.True(byAccuracy.Take(1, 5, 10, 3, () => []));
        Assert.True(byAccuracy.Take(2, 6, 10, 4, () => []));
        Assert.False(byAccuracy.Take(3, 1, 10, 4, () => []));
        Assert.False(byAccuracy.IsExhausted);
    }

    [Fact]
    public void Patience_ends_after_so_many_without_a_better_one_also_from_a_checkpoint_on()
    {
        var best = new BestEvaluation(byLoss: true, patience: 2);
        best.Take(1, 5, 10, 3, () => []);
        best.Take(2, 6, 10, 3, () => []);
        Assert.False(best.IsExhausted);
        var resumed = new BestEvaluation(byLoss: true, patience: 2, best.State);
        resumed.Take(3, 5, 10, 3, () => []);
        Assert.True(resumed.IsExhausted);
        Assert.True(resumed.Take(4, 1, 10, 3, () => []));
        Assert.False(resumed.IsExhausted);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_never_the_best()
    {
        var best = new BestEvaluation(byLoss: false, patience: 2);
        Assert.False(best.Take(1, double.NaN, 10, 9, () => []));
        Assert.False(best.Take(2, double.PositiveInfinity, 10, 9, () => []));
        Assert.Null(best.State);
        Assert.True(best.IsExhausted);
    }
}
