using LoraCluster.Grains.Benchmarks;

namespace LoraCluster.Tests.Unit.Benchmarks;

public sealed class StatisticsTests
{
    [Fact]
    public void Quantiles_are_those_of_numpy()
    {
        // numpy.quantile([15, 20, 35, 40, 50], q)
        var five = new Statistics([50, 15, 40, 20, 35]);
        Assert.Equal((20, 35, 40), (five.LowerQuartile, five.Median, five.UpperQuartile));
        Assert.Equal(48, five.P95, 12);
        Assert.Equal(49.6, five.P99, 12);
        var four = new Statistics([1, 2, 3, 4]);
        Assert.Equal((1.75, 2.5, 3.25), (four.LowerQuartile, four.Median, four.UpperQuartile));
    }

    [Fact]
    public void A_single_sample_is_all_of_its_quantiles()
    {
        var one = new Statistics([7]);
        Assert.Equal((7, 7, 7, 7, 7), (one.LowerQuartile, one.Median, one.UpperQuartile, one.P95, one.P99));
        Assert.Equal((7, 0), (one.Mean, one.StandardDeviation));
    }

    [Fact]
    public void The_deviation_is_that_of_a_sample()
    {
        var values = new Statistics([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, values.Mean);
        Assert.Equal(Math.Sqrt(32.0 / 7), values.StandardDeviation, 12);
    }

    [Fact]
    public void Ratios_are_of_pairs_in_their_order_whatever_the_machine_did_meanwhile()
    {
        // The machine became ten times slower: the ratio is the same in each pair.
        var ratios = Statistics.PairedRatios([11, 110, 55], [10, 100, 50]);
        Assert.Equal(1.1, ratios.LowerQuartile, 12);
        Assert.Equal(1.1, ratios.UpperQuartile, 12);
        Assert.Throws<ArgumentException>(() => Statistics.PairedRatios([1, 2], [1]));
    }

    [Fact]
    public void Nothing_is_made_of_nothing()
    {
        Assert.Throws<ArgumentException>(() => new Statistics([]));
        Assert.Throws<ArgumentException>(() => new Statistics([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => Statistics.PairedRatios([1], [0]));
    }
}
