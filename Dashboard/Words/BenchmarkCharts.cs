using LoraCluster.Dashboard.Components.Parts;
using LoraCluster.Grains.Jobs;

namespace LoraCluster.Dashboard.Words;

/// <summary>A benchmark's measurements as bars: a chart for each quantity, a group of bars for each configuration, a place for each
/// case.</summary>
internal static class BenchmarkCharts
{
    private const int MostBars = 60;

    public static IReadOnlyList<(string Name, ChartSpec Spec)> Of(IReadOnlyList<Measurement> measurements) =>
    [
        .. measurements.GroupBy(m => (m.Quantity, m.Unit)).Where(g => g.Count() is > 1 and <= MostBars)
            .Select(g => (g.Key.Quantity, Chart(g.Key.Unit, [.. g]))),
    ];

    private static ChartSpec Chart(string unit, List<Measurement> measurements)
    {
        List<string> cases = [.. measurements.Select(m => m.Case).Distinct(StringComparer.Ordinal)];
        List<string> configurations = [.. measurements.Select(m => m.Configuration).Distinct(StringComparer.Ordinal)];
        // With one case the configurations themselves are the places.
        if (cases.Count == 1) return new ChartSpec("bars", unit, [Series(measurements[0].Quantity, [.. measurements])], configurations);
        var series = configurations.Select(name => Series(name,
            [.. cases.Select(c => measurements.Find(m => m.Configuration == name && m.Case == c))]));
        return new ChartSpec("bars", unit, [.. series], cases);
    }

    private static ChartSeries Series(string name, IReadOnlyList<Measurement?> measurements) => new(
        name, [], [.. measurements.Select(m => ChartSeries.Round(m?.Median ?? 0))],
        [.. measurements.Select(m => ChartSeries.Round(m?.LowerQuartile ?? 0))],
        [.. measurements.Select(m => ChartSeries.Round(m?.UpperQuartile ?? 0))]);
}
