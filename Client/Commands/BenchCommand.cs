using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Jobs;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Data;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Hub;

namespace LoraCluster.Client.Commands;

/// <summary>Measures on silos, as a job that is kept.</summary>
internal sealed class BenchCommand<TSettings>(ClientContext context) : ConnectedCommand<TSettings>(context) where TSettings : BenchSettings
{
    protected override IReadOnlyList<string> Faults(TSettings settings)
    {
        var parser = new OptionParser();
        bool remote = Context.Connector.MayBeElsewhere(settings.ClusterTarget);
        if (settings.ModelText is { } model) SiloFolder.Parse("model", model, "config.json", remote, HubKind.Model, parser);
        if (settings.DatasetText is { } dataset && !DatasetFiles.Exists(dataset))
            SiloFolder.Parse("dataset", dataset, null, remote, HubKind.Dataset, parser);
        if (parser.OptionalInt("threads", settings.Threads) < 1) parser.Refuse($"threads is {settings.Threads}; allowed is 1 or more");
        return parser.Faults;
    }

    protected override async Task<int> RunAsync(TSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        BenchmarkSpec spec = await SpecOfAsync(settings, connection, interrupted);
        if (settings.Detach)
        {
            JobStatus submitted = await connection.Jobs.SubmitAsync(JobIds.Create(spec.Kind), spec, interrupted);
            if (settings.Json) JobJson.Result(submitted).WriteTo(Context.RawOutput);
            else Messages.Write(Context.Console, $"{submitted.JobId} is submitted; its result will be in: client show {submitted.JobId}");
            return ExitCodes.Success;
        }
        JobStatus job = await new JobSession(Context, connection.Jobs, settings.Json).RunAsync(spec);
        return JobReport.Write(Context, job, settings.Json);
    }

    private async Task<BenchmarkSpec> SpecOfAsync(TSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        bool remote = Context.Connector.MayBeElsewhere(settings.ClusterTarget);
        var pull = new HubPull(Context, settings.Json);
        async Task<string?> Place(string? text, HubKind kind) => text is null || remote ? text
            : DatasetFiles.Exists(text) || Directory.Exists(text) ? Path.GetFullPath(text) : await pull.FolderAsync(text, kind);
        string[] silos = settings.Silos?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        IReadOnlyList<NodeStatus> nodes = await connection.GetNodesAsync(interrupted);
        if (nodes.Count == 0) throw new ClientException(ExitCodes.NoCluster, $"{connection.Description} has no active silo");
        NodeStatus[] usable = [.. nodes.Where(node => silos.Length == 0 || silos.Contains(node.Name))];
        return new BenchmarkSpec
        {
            Benchmark = settings.Benchmark, Name = settings.Name ?? "", Silos = silos,
            // A silo that is not there is refused by the cluster, which names those that are.
            Threads = new OptionParser().Int("threads", settings.Threads, usable.Length == 0 ? 1 : usable.Min(node => node.Threads)),
            ModelPath = await Place(settings.ModelText, HubKind.Model), DatasetPath = await Place(settings.DatasetText, HubKind.Dataset),
            Settings = settings.Own(),
        };
    }
}
