using System.Text;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Reports;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Sections;

namespace LoraCluster.Client.Reports;

/// <summary>Writes a report's files and tells their paths.</summary>
internal sealed class ReportWriter(Report report)
{
    private readonly IReadOnlyList<ReportSection> _sections = ReportSections.Of(report);

    private readonly List<string> _written = [];

    /// <summary>Full paths of the files written so far.</summary>
    public IReadOnlyList<string> Written => _written;

    public void WriteHtml(string path) => Write(path, Encoding.UTF8.GetBytes(HtmlReport.Of(report, _sections)));

    /// <summary>Each figure as PNG and SVG.</summary>
    public void WriteFigures(string folder)
    {
        foreach (Chart chart in _sections.SelectMany(section => section.Blocks).OfType<FigureBlock>().Select(block => block.Chart))
        {
            Write(Path.Combine(folder, chart.Id + ".svg"), Encoding.UTF8.GetBytes(SvgFigure.Of(chart)));
            Write(Path.Combine(folder, chart.Id + ".png"), PngFigure.Of(chart));
        }
    }

    public void WriteCsv(string folder)
    {
        foreach (ReportedRun run in report.Runs)
            WriteText(Path.Combine(folder, $"{run.Status.RunId}-steps.csv"), output => CsvTables.WriteSteps(output, run.History));
        foreach (ReportedRun run in report.Runs.Where(run => run.Evaluations.Count > 0))
        {
            WriteText(Path.Combine(folder, $"{run.Status.RunId}-evaluations.csv"),
                output => CsvTables.WriteEvaluationsOf(output, run.Evaluations));
        }
        if (report.Runs.Count > 0)
            WriteText(Path.Combine(folder, "runs.csv"), output => CsvTables.WriteRuns(output, report.Runs.Select(run => run.Status)));
        if (report.Evaluations.Any())
            WriteText(Path.Combine(folder, "evaluations.csv"), output => CsvTables.WriteEvaluations(output, report.Evaluations));
        if (report.Benchmarks.Any())
            WriteText(Path.Combine(folder, "measurements.csv"), output => CsvTables.WriteMeasurements(output, report.Benchmarks));
    }

    /// <summary>Everything as JSON, an object a line: runs, their steps, what benchmarks measured.</summary>
    public void WriteJsonLines(string path) => WriteText(path, output =>
    {
        foreach (ReportedRun run in report.Runs)
        {
            RunJson.Whole(run.Status, run.Evaluations).WriteTo(output);
            foreach (var step in run.History) StepJson.Of(run.Status.RunId, step).WriteTo(output);
        }
        foreach (JobStatus job in report.Jobs) JobJson.Whole(job).WriteTo(output);
    });

    private void WriteText(string path, Action<TextWriter> write)
    {
        using var output = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        write(output);
        Write(path, Encoding.UTF8.GetBytes(output.ToString()));
    }

    private void Write(string path, byte[] bytes)
    {
        OutputPlace.Write(path, bytes);
        _written.Add(Path.GetFullPath(path));
    }
}
