using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Runs;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class RunsSettings : ClusterSettings
{
    [CommandOption("--count <N>")]
    [Description("How many at most, 1 to 1000, newest first. Default 20.")]
    public string? Count { get; init; }

    [CommandOption("--kind <KIND>")]
    [Description("Only training runs, evaluations or benchmarks: training, evaluation or benchmark.")]
    public string? Kind { get; init; }
}

internal sealed class RunsCommand(ClientContext context) : ConnectedCommand<RunsSettings>(context)
{
    private const int DefaultCount = 20, MostListed = 1000;

    protected override IReadOnlyList<string> Faults(RunsSettings settings)
    {
        var parser = new OptionParser();
        int count = parser.Int("count", settings.Count, DefaultCount);
        if (count is < 1 or > MostListed) parser.Refuse($"count is {count}; allowed is 1 to {MostListed}");
        KindOf(settings, parser);
        return parser.Faults;
    }

    protected override async Task<int> RunAsync(RunsSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        int count = new OptionParser().Int("count", settings.Count, DefaultCount);
        RunKind? kind = KindOf(settings, new OptionParser());
        IReadOnlyList<RunSummary> runs = await connection.ListRunsAsync(kind is null ? count : MostListed, interrupted);
        if (kind is not null) runs = [.. runs.Where(r => r.Kind == kind).Take(count)];
        if (settings.Json) foreach (RunSummary run in runs) RunJson.Summary(run).WriteTo(Context.RawOutput);
        else if (runs.Count == 0) Messages.Write(Context.Console, $"no runs in {connection.Description}");
        else Context.Console.Write(RunTables.Runs(runs));
        return ExitCodes.Success;
    }

    private static RunKind? KindOf(RunsSettings settings, OptionParser parser) => settings.Kind is null ? null
        : parser.Choice("kind", settings.Kind, RunKind.Training, ("training", RunKind.Training), ("evaluation", RunKind.Evaluation),
            ("benchmark", RunKind.Benchmark));
}
