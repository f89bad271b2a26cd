using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports.Charts;

/// <summary>A figure of many steps as a line of few points: each point is the mean of equally many neighbouring steps.</summary>
internal static class Curve
{
    /// <summary>More points than a page has room for tell nothing more.</summary>
    public const int MostPoints = 300;

    /// <summary>Steps that one point stands for.</summary>
    public static int StepsPerPoint(int steps) => Math.Max(1, (steps + MostPoints - 1) / MostPoints);

    /// <summary>Values that are no finite numbers are left out; a point without any is no point.</summary>
    public static ChartSeries Of(string name, IReadOnlyList<StepMetrics> history, Func<StepMetrics, double> figure)
    {
        int width = StepsPerPoint(history.Count);
        var (x, y) = (new List<double>(), new List<double>());
        foreach (StepMetrics[] bucket in history.Chunk(width))
        {
            double[] values = [.. bucket.Select(figure).Where(double.IsFinite)];
            if (values.Length == 0) continue;
            x.Add(bucket.Average(step => (double)step.Step));
            y.Add(values.Average());
        }
        return new ChartSeries(name, x, y);
    }
}
