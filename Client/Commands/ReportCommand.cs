using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Reports;
using LoraCluster.Client.TensorBoard;
using LoraCluster.Grains.Jobs;
using LoraCluster.Reports;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Words;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class ReportCommandSettings : ClusterSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("Ids of runs, evaluations and benchmarks, as 'client runs' lists them; several are shown side by side.")]
    public string[] Ids { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("The report, one HTML file. Default report-RUN.html.")]
    public string? Output { get; init; }

    [CommandOption("--figures <DIR>")]
    [Description("Also write each figure as PNG and SVG to this folder.")]
    public string? Figures { get; init; }

    [CommandOption("--csv <DIR>")]
    [Description("Also write the figures behind it as CSV to this folder.")]
    public string? Csv { get; init; }

    [CommandOption("--json-lines <FILE>")]
    [Description("Also write everything as JSON to this file, an object a line.")]
    public string? JsonLines { get; init; }

    [CommandOption("--tensorboard <DIR>")]
    [Description("Also write the runs' figures as TensorBoard's event files, a folder a run.")]
    public string? TensorBoard { get; init; }

    public string OutputFile => Output ?? $"report-{(Ids.Length > 0 ? Ids[0] : "")}.html";
}

internal sealed class ReportCommand(ClientContext context) : ConnectedCommand<ReportCommandSettings>(context)
{
    protected override IReadOnlyList<string> Faults(ReportCommandSettings settings)
    {
        List<string?> faults =
        [
            .. settings.Ids.Where(id => JobIds.KindOf(id) is null)
                .Select(id => $"run is '{id}'; allowed is an id as run-abcdefgh2345, eval-… or bench-…, as 'client runs' lists them"),
            .. settings.Ids.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => $"run {same.Key} is named twice"),
        ];
        if (faults.Count == 0) faults.Add(OutputPlace.FaultOfFile("output", settings.OutputFile));
        if (settings.JsonLines is { } lines) faults.Add(OutputPlace.FaultOfFile("json-lines", lines));
        if (settings.Csv is { } csv) faults.Add(OutputPlace.FaultOfFolder("csv", csv));
        if (settings.TensorBoard is { } board) faults.Add(OutputPlace.FaultOfFolder("tensorboard", board));
        if (settings.Figures is { } figures)
        {
            faults.Add(OutputPlace.FaultOfFolder("figures", figures));
            if (!PngFigure.HasFonts)
                faults.Add("figures needs a font for the PNG files, and this machine has none (as in fonts-dejavu-core)");
        }
        return [.. faults.OfType<string>()];
    }

    protected override async Task<int> RunAsync(
        ReportCommandSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        var source = new ReportSource(new ReportedCluster(connection), Context.Time);
        (Report? report, IReadOnlyList<string> unknown) = await source.ReadAsync(settings.Ids, interrupted);
        if (report is null)
        {
            throw new ClientException(ExitCodes.Failed,
                [.. unknown.Select(id => $"there is no {id} in {connection.Description}; 'client runs' lists what is there")]);
        }
        var writer = new ReportWriter(report);
        writer.WriteHtml(settings.OutputFile);
        if (settings.Figures is { } figures) writer.WriteFigures(figures);
        if (settings.Csv is { } csv) writer.WriteCsv(csv);
        if (settings.JsonLines is { } lines) writer.WriteJsonLines(lines);
        List<string> written = [.. writer.Written];
        if (settings.TensorBoard is { } board)
            foreach (ReportedRun run in report.Runs) written.Add(TensorBoardLog.Write(board, run, Context.Time));
        if (settings.Json) JsonLine.Object().Add("event", "report").Add("files", written).WriteTo(Context.RawOutput);
        else foreach (string path in written) Messages.Write(Context.Console, $"written: {path}");
        return ExitCodes.Success;
    }
}
