using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Merging;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Results;
using LoraCluster.Files;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Commands;

/// <summary>Adapters into a model's folder: a silo computes, this console writes what streams from it.</summary>
internal sealed class MergeCommand(ClientContext context) : ConnectedCommand<MergeSettings>(context)
{
    protected override IReadOnlyList<string> Faults(MergeSettings settings) => Parse(settings).Faults;

    protected override async Task<int> RunAsync(MergeSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        MergeRequest request = await WithLocalFoldersAsync(Parse(settings), settings);
        using StagedFolder staged = StagedFolder.Begin(request.Output, settings.Overwrite);
        var adapters = new List<AdapterSource>();
        foreach (AdapterSource adapter in request.Spec.Adapters) adapters.Add(await FindAsync(adapter, connection, interrupted));
        MergeSpec spec = request.Spec with { Adapters = adapters };
        NodeStatus silo = await NodeChoice.FreestAsync(connection, interrupted);
        var download = new FolderDownload(connection.MergeAsync(silo, spec, interrupted), staged);
        await WriteAsync(download, settings, silo, interrupted);
        Report(download, spec, request.Output, settings.Json);
        return ExitCodes.Success;
    }

    private MergeRequest Parse(MergeSettings settings) =>
        MergeRequest.Parse(settings, Context.Connector.MayBeElsewhere(settings.ClusterTarget));

    /// <summary>Names at the hub are downloaded here, where that can be seen; unless the silos are elsewhere and have a cache of their
    /// own.</summary>
    private async Task<MergeRequest> WithLocalFoldersAsync(MergeRequest request, MergeSettings settings)
    {
        if (Context.Connector.MayBeElsewhere(settings.ClusterTarget)) return request;
        var pull = new HubPull(Context, settings.Json);
        var adapters = new List<AdapterSource>();
        foreach (AdapterSource adapter in request.Spec.Adapters)
        {
            adapters.Add(adapter.Folder is not { } folder ? adapter
                : adapter with { Folder = await pull.FolderAsync(folder, HubKind.Model) });
        }
        string model = await pull.FolderAsync(request.Spec.ModelPath, HubKind.Model);
        return request with { Spec = request.Spec with { ModelPath = model, Adapters = adapters } };
    }

    /// <summary>A run's adapter by its artifact.</summary>
    private static async Task<AdapterSource> FindAsync(AdapterSource adapter, IClusterConnection connection, CancellationToken interrupted)
    {
        if (adapter.Folder is not null) return adapter;
        RunStatus run = await RequireRunAsync(connection, adapter.Name, interrupted);
        if (run.Result is not { } result)
        {
            throw new ClientException(ExitCodes.Failed,
                $"{run.RunId} is {ProgressText.Of(run.State)} and has no adapter; a completed run has one");
        }
        if (!string.Equals(run.Spec.Method, "lora", StringComparison.OrdinalIgnoreCase))
        {
            throw new ClientException(ExitCodes.Failed, $"{run.RunId} trained by method {run.Spec.Method}, which gives a model and no "
                + $"adapter; 'client adapter pull {run.RunId}' copies it");
        }
        return adapter with { ArtifactId = result.ArtifactId };
    }

    private async Task WriteAsync(FolderDownload download, MergeSettings settings, NodeStatus silo, CancellationToken interrupted)
    {
        if (settings.Json || !Context.Console.Profile.Capabilities.Interactive)
        {
            if (!settings.Json) Messages.Write(Context.Console, $"merging on {silo.Name}");
            await download.WriteAsync((_, _) => { }, interrupted);
            return;
        }
        await Context.Console.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn())
            .StartAsync(async view =>
            {
                ProgressTask bar = view.AddTask(Markup.Escape($"merging on {silo.Name}"));
                await download.WriteAsync((done, all) =>
                {
                    bar.MaxValue = Math.Max(1, all);
                    bar.Value = done;
                }, interrupted);
            });
    }

    private void Report(FolderDownload download, MergeSpec spec, string output, bool json)
    {
        FolderStart start = download.Start;
        if (json)
        {
            JsonLine.Object().Add("output", output).Add("model", spec.ModelPath).Add("adapters", spec.Adapters.Select(a => a.Name))
                .Add("combination", spec.Combination).Add("summary", start.Summary).Add("notices", start.Notices)
                .Add("files", download.Written, (line, f) => line.Add("name", f.Name).Add("bytes", f.Length).Add("sha256", f.Sha256))
                .WriteTo(Context.RawOutput);
            return;
        }
        foreach (string notice in start.Notices) Messages.Write(Context.Console, $"note: {notice}");
        Messages.Write(Context.Console, $"{start.Summary}, written to {output}");
        foreach (WrittenFile file in download.Written)
            Messages.Write(Context.Console, $"  {file.Name}  {Figures.Bytes(file.Length)}  {file.Sha256}");
    }
}
