using LoraCluster.Client.Commands;
using LoraCluster.Client.Training;
using LoraCluster.Data;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;

namespace LoraCluster.Client.Evaluation;

/// <summary>What a command line of <c>evaluate</c> asks for; what it leaves open is a run's, or a default.</summary>
internal sealed record EvaluateRequest
{
    private const int DefaultBatch = 32, DefaultLength = 128, LongestName = 100;

    public required ModelRequest Model { get; init; }
    public string? Dataset { get; init; }
    public int? MaxLength { get; init; }
    public int? BatchSize { get; init; }
    public int? MaxExamples { get; init; }
    public int? Evaluators { get; init; }
    public int? Threads { get; init; }
    public string? Packing { get; init; }
    public IReadOnlyList<string> Silos { get; init; } = [];
    public PredictionsFile? Predictions { get; init; }
    public required EvaluateSettings Settings { get; init; }

    /// <param name="settings">The command line.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    /// <param name="faults">What is wrong with it; empty if nothing is.</param>
    public static EvaluateRequest Parse(EvaluateSettings settings, bool remote, out IReadOnlyList<string> faults)
    {
        var parser = new OptionParser();
        var request = new EvaluateRequest
        {
            Model = ModelRequest.Parse(settings, settings.Run, settings.Pooling, remote, parser), Settings = settings,
            Dataset = settings.Dataset is null ? null : DatasetFiles.Exists(settings.Dataset) ? Path.GetFullPath(settings.Dataset)
                : SiloFolder.Parse("dataset", settings.Dataset, null, remote, HubKind.Dataset, parser),
            MaxLength = AtLeast(3, "max-length", settings.MaxLength, parser),
            BatchSize = AtLeast(1, "batch-size", settings.BatchSize, parser),
            MaxExamples = AtLeast(1, "max-examples", settings.MaxExamples, parser),
            Evaluators = AtLeast(1, "evaluators", settings.Evaluators, parser),
            Threads = AtLeast(1, "threads", settings.Threads, parser),
            Packing = settings.Packing is null ? null : parser.Choice("packing", settings.Packing, "packed", ("packed", "packed"),
                ("padded", "padded")),
            Silos = settings.Silos?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Predictions = settings.Predictions is null ? null : PredictionsFile.Parse(settings.Predictions, parser),
        };
        if (request.Dataset is null && request.Model is { ModelRun: null, AdapterRun: null })
            parser.Refuse("dataset is missing; give --dataset DATASET, a folder, a file or a name at the hub");
        if (settings.Name is { Length: > LongestName })
            parser.Refuse($"name has {settings.Name.Length} characters; allowed are {LongestName}");
        if (settings is { Detach: true, Predictions: { } file })
            parser.Refuse($"predictions is '{file}', but detach returns before there are any");
        faults = parser.Faults;
        return request;
    }

    /// <summary>The spec, with what the run and the cluster decide.</summary>
    /// <exception cref="ClientException">A silo is not there.</exception>
    public EvaluationSpec ToSpec(ModelSource model, RunStatus? run, IReadOnlyList<NodeStatus> nodes)
    {
        List<string> unknown = [.. Silos.Where(name => !nodes.Any(n => n.Name == name))];
        ClientException.ThrowIfAny([.. unknown.Select(name =>
            $"silo is '{name}'; allowed are the silos there are: {string.Join(", ", nodes.Select(n => n.Name))}")]);
        List<NodeStatus> usable = [.. nodes.Where(n => Silos.Count == 0 || Silos.Contains(n.Name))];
        int evaluators = Evaluators ?? usable.Count, busiest = (evaluators + usable.Count - 1) / usable.Count;
        int slots = usable.Sum(n => n.Slots);
        if (evaluators > slots) throw new ClientException(ExitCodes.Usage,
            $"evaluators is {evaluators}; allowed is at most the silos' slots, {slots} on {string.Join(", ", usable.Select(n => n.Name))}");
        RunSpec? trained = run?.Spec;
        return new EvaluationSpec
        {
            Name = Settings.Name ?? "", Silos = Silos, Threads = Threads ?? Math.Max(1, usable.Min(n => n.Threads) / busiest),
            ModelPath = model.ModelPath, ModelArtifactId = model.ArtifactId, Adapter = model.Adapter, Merge = model.Merge,
            Dtype = model.Dtype, Pooling = model.Pooling, DatasetPath = Dataset ?? trained!.DatasetPath, Split = Settings.Split,
            TextColumn = Settings.TextColumn ?? trained?.TextColumn, LabelColumn = Settings.LabelColumn ?? trained?.LabelColumn,
            MaxLength = MaxLength ?? trained?.MaxLength ?? DefaultLength, BatchSize = BatchSize ?? DefaultOf(run),
            MaxExamples = MaxExamples, Evaluators = evaluators, Packing = Packing ?? trained?.Packing ?? "packed",
            KeepPredictions = Predictions is not null,
        };
    }

    // The batches in which a run evaluates itself.
    private static int DefaultOf(RunStatus? run) =>
        run?.Result?.CountsTokens == true ? Math.Min(8, run.Spec.MicroBatchSize) : DefaultBatch;

    private static int? AtLeast(int least, string name, string? text, OptionParser parser)
    {
        int? value = parser.OptionalInt(name, text);
        if (value < least) parser.Refuse($"{name} is {value}; allowed is {least} or more");
        return value;
    }
}
