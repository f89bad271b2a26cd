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
}

internal sealed class RunsCommand(ClientContext context) : ConnectedCommand<RunsSettings>(context)
{
    private const int DefaultCount = 20;

    protected override IReadOnlyList<string> Faults(RunsSettings settings)
    {
        var parser = new OptionParser();
        int count = parser.Int("count", settings.Count, DefaultCount);
        if (count is < 1 or > 1000) parser.Refuse($"count is {count}; allowed is 1 to 1000");
        return parser.Faults;
    }

    protected override async Task<int> RunAsync(RunsSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        int count = new OptionParser().Int("count", settings.Count, DefaultCount);
        IReadOnlyList<RunSummary> runs = await connection.ListRunsAsync(count, interrupted);
        if (settings.Json) foreach (RunSummary run in runs) RunJson.Summary(run).WriteTo(Context.RawOutput);
        else if (runs.Count == 0) Messages.Write(Context.Console, $"no runs in {connection.Description}");
        else Context.Console.Write(RunTables.Runs(runs));
        return ExitCodes.Success;
    }
}
