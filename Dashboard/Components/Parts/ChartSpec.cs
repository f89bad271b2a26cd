using LoraCluster.Dashboard.Curves;

namespace LoraCluster.Dashboard.Components.Parts;

/// <summary>What a chart draws, as the script takes it.</summary>
/// <param name="Kind">line, spark or bars.</param>
/// <param name="Unit">Unit of the values, as ms; % multiplies by 100; empty: none.</param>
/// <param name="Series">The curves, or the groups of bars.</param>
/// <param name="Categories">Names of the bars; of curves none.</param>
public sealed record ChartSpec(string Kind, string Unit, IReadOnlyList<ChartSeries> Series, IReadOnlyList<string>? Categories = null)
{
    /// <summary>One curve.</summary>
    public static ChartSpec Line(string name, string unit, CurvePoints points) => new("line", unit, [ChartSeries.Of(name, points)]);

    /// <summary>One noisy curve, faint, and its running mean.</summary>
    public static ChartSpec Noisy(string name, string unit, CurvePoints points, CurvePoints course) =>
        new("line", unit, [ChartSeries.Of(name, points), ChartSeries.Of("running mean", course) with { IsCourse = true }]);

    /// <summary>A line without axes.</summary>
    public static ChartSpec Spark(CurvePoints points) => new("spark", "", [ChartSeries.Of("loss", points)]);
}

/// <summary>A curve, or a group of bars.</summary>
/// <param name="Name">Its name.</param>
/// <param name="X">Steps; of bars none.</param>
/// <param name="Y">Values, with six digits.</param>
/// <param name="Low">Lower ends of the bars' whiskers; null: none.</param>
/// <param name="High">Upper ends.</param>
public sealed record ChartSeries(
    string Name, IReadOnlyList<int> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null)
{
    /// <summary>True: the running mean of the curve before it.</summary>
    public bool IsCourse { get; init; }

    private const int Digits = 6;

    /// <summary>The points of a curve.</summary>
    public static ChartSeries Of(string name, CurvePoints points) => new(name, points.Steps, [.. points.Values.Select(v => Round(v))]);

    /// <summary>Fewer digits are fewer bytes, and no screen shows more.</summary>
    public static double Round(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return 0;
        double scale = Math.Pow(10, Digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value))));
        return double.IsFinite(scale) && scale > 0 ? Math.Round(value * scale) / scale : value;
    }
}
