using System.Globalization;
using LoraCluster.Dashboard.Words;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>Numbers and settings as they are shown.</summary>
public sealed class WordsTests
{
    [Fact]
    public void Only_settings_that_differ_are_compared()
    {
        RunSpec one = PagesCluster.Run(1, RunState.Running, 1, 0, "same", rate: 1e-3).Spec;
        var differences = RunSettings.Differences([one, one with { LearningRate = 2e-3, Rank = 4, TargetRegex = "q|v" }]);

        Assert.Equal(["rank", "learning-rate", "target-regex"], differences.Select(d => d.Name));
        Assert.Equal([["8", "4"], ["0.001", "0.002"], ["-", "q|v"]], differences.Select(d => d.Values.ToArray()));
    }

    [Fact]
    public void Settings_of_a_benchmark_have_its_own_ones_too()
    {
        var spec = new BenchmarkSpec { Benchmark = "inference", Settings = new Dictionary<string, string> { ["batch-sizes"] = "1,8" } };

        Assert.Contains(("benchmark", "inference"), RunSettings.Of(spec));
        Assert.Contains(("batch-sizes", "1,8"), RunSettings.Of(spec));
    }

    [Theory]
    [InlineData(764, 872, 0.85262, 0.89638)]
    [InlineData(10, 10, 0.72247, 1)]
    [InlineData(0, 10, 0, 0.27753)]
    public void A_share_has_its_interval(long correct, long rows, double low, double high)
    {
        Estimate share = Proportion.Of(correct, rows)!;

        Assert.Equal(low, share.Low, 1e-4);
        Assert.Equal(high, share.High, 1e-4);
        Assert.Null(Proportion.Of(0, 0));
    }

    [Fact]
    public void Figures_are_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("fa-IR");
            Assert.Equal(["12.5 %", "1.2E-5", "1,234", "1.19 MB", "1:01 min", "41.3 ms", "-"],
            [
                Figures.Percent(0.125), Figures.Quantity(1.2e-5), Figures.Count(1234), Figures.Bytes(1_190_000),
                Figures.Duration(61), Figures.Milliseconds(41.3), Figures.Loss(double.NaN),
            ]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
