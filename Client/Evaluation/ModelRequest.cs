using LoraCluster.Client.Commands;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Evaluation;

/// <summary>The finished model that a command line names: folders, names at the hub, or runs, which a cluster must be asked
/// about.</summary>
/// <param name="Model">Folder or name at the hub; null: a run says it.</param>
/// <param name="ModelRun">The run whose model it is; null: none.</param>
/// <param name="Adapter">Folder or name at the hub of the adapter; null: none, or a run's.</param>
/// <param name="AdapterRun">The run whose adapter it is; null: none.</param>
/// <param name="Merge">Whether the adapter is merged first.</param>
/// <param name="Dtype">As given; null: the run's, else fp32.</param>
/// <param name="Pooling">As given; null: as the model was saved.</param>
internal sealed record ModelRequest(
    string? Model, string? ModelRun, string? Adapter, string? AdapterRun, bool Merge, string? Dtype, string? Pooling)
{
    /// <param name="settings">The command line.</param>
    /// <param name="run">A run that was named by itself; null: none.</param>
    /// <param name="pooling">The option of that name.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    /// <param name="parser">Takes the faults.</param>
    public static ModelRequest Parse(ModelSettings settings, string? run, string? pooling, bool remote, OptionParser parser)
    {
        string? dtype = settings.Dtype?.ToLowerInvariant();
        if (dtype is not (null or "fp32" or "bf16")) parser.Refuse($"dtype is '{settings.Dtype}'; allowed is fp32 or bf16");
        pooling = pooling?.ToLowerInvariant();
        if (pooling is not (null or "cls" or "mean")) parser.Refuse($"pooling is '{pooling}'; allowed is cls or mean");
        if (run is not null && !RunIds.IsValid(run))
            parser.Refuse($"run is '{run}'; allowed is an id as run-abcdefgh2345, as 'client runs' lists them");
        if (run is not null && (settings.Model ?? settings.Adapter) is { } other)
            parser.Refuse($"run is '{run}' and '{other}' is given besides; allowed is a run, or --model with --adapter or without");
        string? modelRun = run ?? RunOf(settings.Model), adapterRun = RunOf(settings.Adapter);
        string? model = null, adapter = null;
        if (settings.Model is not null && modelRun is null || (run ?? settings.Model ?? adapterRun) is null)
        {
            model = SiloFolder.Parse("model", settings.Model, "config.json", remote, HubKind.Model, parser,
                ", a name at the hub, or a run as run-abcdefgh2345");
        }
        if (settings.Adapter is not null && adapterRun is null)
        {
            adapter = SiloFolder.Parse("adapter", settings.Adapter, "adapter_config.json", remote, HubKind.Model, parser,
                ", a name at the hub, or a run as run-abcdefgh2345");
        }
        if (settings.Merge && (run ?? modelRun ?? settings.Adapter) is null)
            parser.Refuse("merge is set, and there is no adapter that could be merged");
        if (pooling is not null && settings.Adapter is not null)
            parser.Refuse($"pooling is '{pooling}'; an adapter's head reads what it was trained on, so allowed is none");
        return new ModelRequest(model, modelRun, adapter, adapterRun, settings.Merge, dtype, pooling);
    }

    /// <summary>Names at the hub are downloaded here, where that can be seen; unless the silos are elsewhere and have a cache of their
    /// own.</summary>
    public async Task<ModelRequest> WithLocalFoldersAsync(HubPull pull) => this with
    {
        Model = Model is null ? null : await pull.FolderAsync(Model, HubKind.Model),
        Adapter = Adapter is null ? null : await pull.FolderAsync(Adapter, HubKind.Model),
    };

    /// <summary>The model, with what the runs say.</summary>
    /// <returns>The model, and the run that its settings come from; null: none.</returns>
    /// <exception cref="ClientException">A run is not there, or has no such result.</exception>
    public async Task<(ModelSource Source, RunStatus? Run)> ResolveAsync(IClusterConnection connection, CancellationToken interrupted)
    {
        RunStatus? modelRun = ModelRun is null ? null : await RequireResultAsync(connection, ModelRun, interrupted);
        RunStatus? adapterRun = AdapterRun is null ? null : await RequireResultAsync(connection, AdapterRun, interrupted);
        if (adapterRun is not null && !TrainsAdapter(adapterRun))
        {
            throw new ClientException(ExitCodes.Failed, $"{adapterRun.RunId} trained by method {adapterRun.Spec.Method}, which gives a "
                + $"model and no adapter; allowed is --model {adapterRun.RunId}");
        }
        bool whole = modelRun is not null && !TrainsAdapter(modelRun);
        if (Merge && whole && Adapter is null && adapterRun is null)
            throw new ClientException(ExitCodes.Failed, $"merge is set, and {modelRun!.RunId} trained a whole model, which has no adapter");
        RunStatus? run = modelRun ?? adapterRun;
        // A run's own adapter, unless another is named.
        RunStatus? own = adapterRun ?? (modelRun is not null && !whole && Adapter is null ? modelRun : null);
        return (new ModelSource
        {
            ModelPath = Model ?? run!.Spec.ModelPath, ArtifactId = whole ? modelRun!.Result!.ArtifactId : null,
            Adapter = Adapter is not null ? new AdapterSource(Adapter, Adapter, null)
                : own is null ? null : new AdapterSource(own.RunId, null, own.Result!.ArtifactId),
            Merge = Merge, Dtype = Dtype ?? run?.Spec.Dtype ?? "fp32", Pooling = Pooling,
        }, run);
    }

    private static async Task<RunStatus> RequireResultAsync(IClusterConnection connection, string id, CancellationToken interrupted)
    {
        RunStatus run = await connection.GetStatusAsync(id, interrupted) ?? throw new ClientException(ExitCodes.Failed,
            $"there is no run {id} in {connection.Description}; 'client runs' lists those that are there");
        return run.Result is not null ? run : throw new ClientException(ExitCodes.Failed,
            $"{run.RunId} is {ProgressText.Of(run.State)} and has no result; a completed run has one");
    }

    private static bool TrainsAdapter(RunStatus run) => string.Equals(run.Spec.Method, "lora", StringComparison.OrdinalIgnoreCase);

    /// <summary>A run, unless there is a folder of that name.</summary>
    private static string? RunOf(string? text) => text is not null && !Directory.Exists(text) && RunIds.IsValid(text) ? text : null;
}
