using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Reports;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class HistorySettings : RunSettings
{
    [CommandOption("--csv")]
    [Description("Write every step as CSV.")]
    public bool Csv { get; init; }
}

/// <summary>A run's figures step by step: a table of at most some forty lines for people, every step for scripts.</summary>
internal sealed class HistoryCommand(ClientContext context) : ConnectedCommand<HistorySettings>(context)
{
    private const int MostLines = 40;

    protected override IReadOnlyList<string> Faults(HistorySettings settings) =>
        [.. base.Faults(settings), .. settings is { Csv: true, Json: true } ? (string[])["csv and json exclude each other"] : []];

    protected override async Task<int> RunAsync(HistorySettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        IReadOnlyList<StepMetrics> steps = await StepHistory.ReadAsync(
            new ReportedCluster(connection), status.RunId, fromStep: 1, interrupted);
        if (settings.Csv) CsvTables.WriteSteps(Context.RawOutput, steps);
        else if (settings.Json)
            foreach (StepMetrics step in steps) StepJson.Of(status.RunId, step).WriteTo(Context.RawOutput);
        else if (steps.Count == 0) Messages.Write(Context.Console, $"{status.RunId} has taken no step");
        else Context.Console.Write(TableOf(steps));
        return ExitCodes.Success;
    }

    private static Table TableOf(IReadOnlyList<StepMetrics> steps)
    {
        int width = (steps.Count + MostLines - 1) / MostLines;
        Table table = RunTables.Plain(
            width == 1 ? "step" : "steps", "loss", "accuracy", "learning rate", "grad norm", "ms a step", "samples/s");
        foreach (StepMetrics[] some in steps.Chunk(width))
        {
            double milliseconds = some.Average(s => s.StepTimeMs);
            table.AddRow((string[])
            [
                some.Length == 1 ? Figures.Count(some[0].Step) : $"{Figures.Count(some[0].Step)} - {Figures.Count(some[^1].Step)}",
                Figures.Loss(some.Average(s => s.Loss)), Figures.Percent(some.Average(s => s.TrainingAccuracy)),
                Figures.Quantity(some[^1].LearningRate), Figures.Quantity(some.Average(s => s.GradNorm)), Figures.Quantity(milliseconds),
                Figures.Rate(some.Sum(s => s.Rows) / some.Sum(s => s.StepTimeMs) * 1000),
            ]);
        }
        return table;
    }
}
