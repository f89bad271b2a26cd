using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>What a benchmark measured, for people: a line for each quantity of each configuration in each case.</summary>
internal static class BenchmarkTables
{
    public static Table Of(BenchmarkResult result)
    {
        bool tails = result.Measurements.Any(m => m.P95 is not null), ratios = result.Measurements.Any(m => m.Ratio is not null),
            cases = result.Measurements.Any(m => m.Case.Length > 0);
        string[] columns =
        [
            .. cases ? (string[])["case"] : [], "configuration", "quantity", "median", "quartiles",
            .. tails ? (string[])["p95", "p99"] : [],
            .. ratios ? (string[])["ratio (quartiles)"] : [], "n",
        ];
        Table table = RunTables.Plain(columns);
        foreach (Measurement m in result.Measurements)
        {
            string unit = m.Unit is "" or "By" ? "" : " " + m.Unit;
            string spread = m.Count > 1 ? $"{MeasurementText.Value(m, m.LowerQuartile)} - {MeasurementText.Value(m, m.UpperQuartile)}" : "";
            string Tail(double? value) => value is { } known ? MeasurementText.Value(m, known) : "";
            string[] cells =
            [
                .. cases ? (string[])[m.Case] : [], m.Configuration, m.Quantity, MeasurementText.Value(m, m.Median) + unit, spread,
                .. tails ? (string[])[Tail(m.P95), Tail(m.P99)] : [], .. ratios ? (string[])[MeasurementText.Ratio(m)] : [],
                Figures.Count(m.Count),
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }
        return table;
    }
}
