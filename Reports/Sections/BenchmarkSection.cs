using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>A benchmark: for each quantity bars and a table, its configurations side by side.</summary>
internal static class BenchmarkSection
{
    public static ReportSection Of(JobStatus job)
    {
        string title = $"Benchmark: {((BenchmarkSpec)job.Spec).Benchmark} ({job.JobId})";
        if (job.Result is not BenchmarkResult result)
            return new ReportSection(title, [new TextBlock($"It is {ProgressText.Of(job.State)} and has no result. {job.Reason}")]);
        var quantities = result.Measurements.GroupBy(m => (m.Quantity, m.Unit)).ToArray();
        return new ReportSection(title,
        [
            .. quantities.Select(q => new FigureBlock(Bars(job.JobId, q.Key.Quantity, q.Key.Unit, [.. q]))), Table(result.Measurements),
        ]);
    }

    private static Chart Bars(string job, string quantity, string unit, IReadOnlyList<Measurement> lines)
    {
        string[] cases = [.. lines.Select(m => m.Case).Distinct()];
        (double scale, string scaled) = unit == "By" ? (1e6, "MB") : (1, unit);
        ChartSeries[] series = [.. lines.GroupBy(m => m.Configuration).Select(configuration =>
        {
            Measurement[] known = [.. configuration.Where(m => double.IsFinite(m.Median))];
            bool repeated = known.Any(m => m.Count > 1);
            return new ChartSeries(configuration.Key, [.. known.Select(m => (double)Array.IndexOf(cases, m.Case))],
                [.. known.Select(m => m.Median / scale)])
            {
                Spread = repeated ? [.. known.Select(m => (m.LowerQuartile / scale, m.UpperQuartile / scale))] : null,
            };
        })];
        return new Chart($"{job}-{FileName(quantity)}", Capital(quantity), "", scaled, series, cases)
        {
            Note = series.Any(s => s.Spread is not null) ? "Medians; the thin lines go from the first to the third quartile." : "",
        };
    }

    /// <summary>A row for each quantity in each case, a column for each configuration.</summary>
    private static TableBlock Table(IReadOnlyList<Measurement> lines)
    {
        string[] configurations = [.. lines.Select(m => m.Configuration).Distinct()];
        TableRow[] rows = [.. lines.GroupBy(m => (m.Case, m.Quantity, m.Unit)).Select(one => new TableRow(
            (one.Key.Case.Length > 0 ? $"{one.Key.Case}: " : "") + one.Key.Quantity
                + (one.Key.Unit is "" or "By" ? "" : $", {one.Key.Unit}"),
            [.. configurations.Select(name => one.FirstOrDefault(m => m.Configuration == name) is { } m ? MeasurementText.Of(m) : "-")]))];
        return new TableBlock("Medians, with quartiles in parentheses where a quantity was measured several times",
            ["", .. configurations], rows);
    }

    private static string FileName(string quantity) =>
        string.Join('-', quantity.Split([' ', ',', '/'], StringSplitOptions.RemoveEmptyEntries));

    private static string Capital(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..];
}
