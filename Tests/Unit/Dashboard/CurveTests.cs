using LoraCluster.Dashboard.Components.Parts;
using LoraCluster.Dashboard.Curves;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>Curves of any length become curves for a screen.</summary>
public sealed class CurveTests
{
    [Fact]
    public void Few_points_stay_as_they_are_and_those_that_are_not_finite_go()
    {
        CurvePoints thinned = LargestTriangles.Thin([1, 2, 3, 4], [1f, float.NaN, 3f, float.PositiveInfinity], 10);

        Assert.Equal([1, 3], thinned.Steps);
        Assert.Equal([1f, 3f], thinned.Values);
    }

    [Fact]
    public void The_first_the_last_and_every_peak_stay()
    {
        int[] steps = [.. Enumerable.Range(1, 50_000)];
        float[] values = [.. steps.Select(s => (float)Math.Sin(s / 3000.0))];
        int[] peaks = [777, 12_345, 40_001];
        foreach (int peak in peaks) values[peak - 1] = 9;

        CurvePoints thinned = LargestTriangles.Thin(steps, values, 500);

        Assert.Equal(500, thinned.Steps.Count);
        Assert.Equal((1, 50_000), (thinned.Steps[0], thinned.Steps[^1]));
        Assert.Equal(peaks, thinned.Steps.Where((_, k) => thinned.Values[k] == 9));
        Assert.Equal(thinned.Steps.Order().Distinct(), thinned.Steps);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(99)]
    public void Every_bucket_has_a_point(int most)
    {
        int[] steps = [.. Enumerable.Range(1, 100)];
        CurvePoints thinned = LargestTriangles.Thin(steps, [.. steps.Select(s => (float)(s % 5))], most);

        Assert.Equal(most, thinned.Steps.Distinct().Count());
    }

    [Fact]
    public void A_series_is_bounded_keeps_the_latest_and_leaves_out_what_it_has()
    {
        var series = new StepSeries();
        for (int block = 0; block < 7; block++) series.Append([.. Enumerable.Range(block * 10_000 + 1, 10_000).Select(Step)]);
        series.Append([Step(70_000), Step(69_999), Step(70_001)]);

        RunCurves curves = series.Curves();
        Assert.Equal(StepSeries.MostSteps, series.Count);
        Assert.Equal(70_001, series.LastStep);
        Assert.Equal(10_002, curves.Loss.Steps[0]);
        Assert.All([curves.Loss, curves.Accuracy, curves.LearningRate, curves.GradNorm, curves.StepTimeMs],
            c => Assert.Equal(StepSeries.MostPoints, c.Steps.Count));
    }

    [Fact]
    public void A_sparkline_stays_small_ends_with_the_newest_and_begins_anew_after_a_resume()
    {
        var line = new Sparkline();
        for (int step = 1; step <= 5000; step++) line.Append([(step, 1.0 / step)]);

        Assert.InRange(line.Points.Steps.Count, Sparkline.MostPoints / 2, Sparkline.MostPoints);
        Assert.Equal(5000, line.Points.Steps[^1]);
        int[] widths = [.. line.Points.Steps.Zip(line.Points.Steps.Skip(1), (a, b) => b - a)];
        Assert.Single(widths[..^1].Distinct());
        line.Append([(5000, 0.5), (100, 0.7)]);
        Assert.Equal([100], line.Points.Steps);
    }

    [Fact]
    public void A_running_mean_begins_with_the_first_value_follows_and_steps_over_what_is_not_finite()
    {
        float[] values = [float.NaN, 4, float.PositiveInfinity, .. Enumerable.Repeat(4f, 500), .. Enumerable.Repeat(2f, 500)];
        float[] means = RunningMean.Of(values);

        Assert.True(float.IsNaN(means[0]));
        Assert.All(means[1..503], mean => Assert.Equal(4, mean, 1e-5));
        Assert.Equal(2, means[^1], 1e-3);
    }

    [Theory]
    [InlineData(0.123456789, 0.123457)]
    [InlineData(-98765.4321, -98765.4)]
    [InlineData(1.23456789e-12, 1.23457e-12)]
    [InlineData(double.NaN, 0)]
    public void Values_travel_with_six_digits(double value, double sent) =>
        Assert.Equal(sent, ChartSeries.Round(value), 1e-6 * Math.Abs(sent));

    private static StepMetrics Step(int step) => new(step, step % 13, 0.5, 1e-3, step % 7, 40, 32);
}
