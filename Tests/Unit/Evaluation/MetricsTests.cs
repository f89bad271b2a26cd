using LoraCluster.Evaluation;

namespace LoraCluster.Tests.Unit.Evaluation;

/// <summary>Metrics against values that were computed by hand, and by other ways than the code's.</summary>
public sealed class MetricsTests
{
    [Theory]
    [InlineData(765, 872, 0.8538467526162603, 0.8974307684158978)]
    [InlineData(1, 2, 0.09453120573423072, 0.9054687942657693)]
    [InlineData(0, 10, 0, 0.2775327998628892)]
    [InlineData(10, 10, 0.7224672001371107, 1)]
    public void A_share_has_Wilson_s_interval(long count, long of, double low, double high)
    {
        Interval share = Interval.OfShare(count, of)!.Value;
        Assert.Equal((double)count / of, share.Value);
        Assert.Equal(low, share.Low, 12);
        Assert.Equal(high, share.High, 12);
        Assert.Null(Interval.OfShare(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.OfShare(3, 2));
    }

    [Fact]
    public void Two_classes_have_the_F1_and_the_Matthews_correlation_of_class_1()
    {
        var matrix = new ConfusionMatrix([60, 20, 30, 90], 2);
        Assert.Equal((200, 150), (matrix.Rows, matrix.Correct));
        Assert.Equal(180.0 / 230, matrix.F1, 15);
        Assert.Equal((90 * 60 - 20 * 30) / Math.Sqrt(110.0 * 120 * 80 * 90), matrix.MatthewsCorrelation, 15);
    }

    [Fact]
    public void More_classes_have_the_mean_F1_and_Gorodkin_s_correlation()
    {
        // R_K by the covariances of the rows' indicator vectors, F1 by class: 10/13, 6/11, 14/16.
        var matrix = new ConfusionMatrix([5, 1, 0, 2, 3, 1, 0, 1, 7], 3);
        Assert.Equal((10.0 / 13 + 6.0 / 11 + 14.0 / 16) / 3, matrix.F1, 15);
        Assert.Equal(0.6235786521484047, matrix.MatthewsCorrelation, 14);
        // A class that never occurs takes no part in the mean.
        Assert.Equal((1 + 1) / 2.0, new ConfusionMatrix([2, 0, 0, 0, 3, 0, 0, 0, 0], 3).F1);
    }

    /// <summary>Values of scikit-learn 1.2.1: f1_score (binary, of more classes macro, zero_division=0) and matthews_corrcoef.</summary>
    [Theory]
    [InlineData(new long[] { 60, 20, 30, 90 }, 2, 0.7826086956521738, 0.4923659639173309)]
    [InlineData(new long[] { 380, 48, 60, 384 }, 2, 0.8767123287671232, 0.7526202863391726)]
    [InlineData(new long[] { 0, 3, 0, 7 }, 2, 0.8235294117647058, 0.0)]
    [InlineData(new long[] { 15, 37, 34, 8, 23, 38, 30, 40, 37 }, 3, 0.27686975994483837, -0.07801279960083668)]
    [InlineData(new long[] { 4, 38, 0, 30, 16, 35, 14, 12, 30, 34, 35, 30, 25, 40, 9, 14 }, 4, 0.22554321493487675, 0.004516368503693057)]
    [InlineData(new long[] { 40, 9, 33, 24, 0, 4, 10, 37, 2, 19, 1, 17, 30, 38, 24, 27, 25, 36, 28, 8, 23, 6, 2, 8, 31 },
        5, 0.288345012609632, 0.10248529071593591)]
    [InlineData(new long[] { 10, 0, 0, 0, 5, 0, 3, 0, 0 }, 3, 0.6231884057971014, 0.7317274774221444)]
    public void The_figures_are_scikit_learn_s(long[] counts, int classes, double f1, double correlation)
    {
        var matrix = new ConfusionMatrix(counts, classes);
        Assert.Equal(f1, matrix.F1, 14);
        Assert.Equal(correlation, matrix.MatthewsCorrelation, 14);
    }

    [Theory]
    [InlineData(5, 0, 0, 0, 0)]
    [InlineData(0, 0, 0, 5, 1)]
    [InlineData(0, 5, 0, 0, 0)]
    [InlineData(3, 0, 2, 0, 0)]
    public void A_single_class_on_a_side_has_no_correlation_and_a_finite_F1(long a, long b, long c, long d, double f1)
    {
        var matrix = new ConfusionMatrix([a, b, c, d], 2);
        Assert.Equal((f1, 0), (matrix.F1, matrix.MatthewsCorrelation));
        Interval interval = Bootstrap.MatthewsCorrelation(matrix)!.Value;
        Assert.Equal(new Interval(0, 0, 0), interval);
        Assert.Equal(new Interval(f1, f1, f1), Bootstrap.F1(matrix)!.Value);
    }

    [Fact]
    public void Without_rows_there_is_no_figure()
    {
        var none = new ConfusionMatrix([0, 0, 0, 0], 2);
        Assert.True(double.IsNaN(none.F1) && double.IsNaN(none.MatthewsCorrelation));
        Assert.Null(Bootstrap.F1(none));
        Assert.Null(Bootstrap.MatthewsCorrelation(none));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix([1, 2, 3, -1], 2));
    }

    /// <summary>The expected ends are those of 40,000 (1,500) resamples of whole rows.</summary>
    [Fact]
    public void Bootstrapped_intervals_are_those_of_drawing_the_rows_anew_and_always_the_same()
    {
        var small = new ConfusionMatrix([60, 20, 30, 90], 2);
        Interval correlation = Bootstrap.MatthewsCorrelation(small)!.Value, f1 = Bootstrap.F1(small)!.Value;
        Assert.Equal(small.MatthewsCorrelation, correlation.Value);
        Assert.Equal(0.3688, correlation.Low, 0.02);
        Assert.Equal(0.6115, correlation.High, 0.02);
        Assert.Equal(0.7200, f1.Low, 0.01);
        Assert.Equal(0.8382, f1.High, 0.01);
        Assert.Equal(correlation, Bootstrap.MatthewsCorrelation(new ConfusionMatrix([60, 20, 30, 90], 2)));
        // Most cells are drawn by the normal distribution here.
        Interval large = Bootstrap.MatthewsCorrelation(new ConfusionMatrix([4000, 300, 500, 5200], 2))!.Value;
        Assert.Equal(0.8280, large.Low, 0.002);
        Assert.Equal(0.8492, large.High, 0.002);
    }

    [Fact]
    public void A_million_rows_are_no_more_work_than_a_thousand()
    {
        Interval interval = Bootstrap.MatthewsCorrelation(new ConfusionMatrix([400_000, 30_000, 50_000, 520_000], 2))!.Value;
        Assert.InRange(interval.High - interval.Low, 0.001, 0.005);
        Assert.InRange(interval.Value, interval.Low, interval.High);
    }
}
