using LoraCluster.Grains.Jobs;

namespace LoraCluster.Reports.Words;

/// <summary>A measured quantity in words: median, quartiles where it was repeated, tails where they were taken, ratio to the
/// baseline.</summary>
internal static class MeasurementText
{
    public static string Of(Measurement measurement) => string.Join("; ", Parts(measurement));

    /// <summary>The value in its unit; bytes as kB, MB or GB, what was counted with all its digits.</summary>
    public static string Value(Measurement measurement, double value) =>
        measurement.Unit == "By" && double.IsFinite(value) ? Figures.Bytes((long)value)
        : measurement.Unit.Length == 0 && value == Math.Floor(value) ? Figures.Count((long)value) : Figures.Quantity(value);

    public static string Ratio(Measurement measurement) => measurement.Ratio is not { } ratio ? ""
        : Figures.Invariant($"{ratio:0.00} ({measurement.RatioLowerQuartile:0.00} - {measurement.RatioUpperQuartile:0.00})");

    private static IEnumerable<string> Parts(Measurement m)
    {
        string spread = m.Count > 1 ? $" ({Value(m, m.LowerQuartile)} - {Value(m, m.UpperQuartile)})" : "";
        yield return Value(m, m.Median) + spread;
        if (m.P95 is { } p95) yield return $"p95 {Value(m, p95)}";
        if (m.P99 is { } p99) yield return $"p99 {Value(m, p99)}";
        if (Ratio(m) is { Length: > 0 } ratio) yield return $"ratio {ratio}";
    }
}
