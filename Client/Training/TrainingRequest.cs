using LoraCluster.Adapters;
using LoraCluster.Client.Commands;
using LoraCluster.Data;
using LoraCluster.Grains.Runs;
using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Client.Training;

/// <summary>
/// What a command line of <c>train</c> asks for: the library's options (they know what is allowed) and the spec for the cluster, both
/// from the same values. <see cref="Placement"/> and content hashes are filled in later, once there is a cluster.
/// </summary>
/// <param name="Options">The hyperparameters, as the library checks them.</param>
/// <param name="Spec">The same for the cluster.</param>
/// <param name="Trainers">As asked for; null: by the silos.</param>
/// <param name="ThreadsPerTrainer">As asked for; null: by the silos.</param>
/// <param name="Faults">Everything that is wrong with it; empty if nothing is.</param>
internal sealed record TrainingRequest(TrainingOptions Options, RunSpec Spec, int? Trainers, int? ThreadsPerTrainer,
    IReadOnlyList<string> Faults)
{
    private const int LongestName = 100;

    /// <summary>The model's name at the hub with its commit, where the silos may be on other machines and look it up themselves; null:
    /// they read the folder that is named in the spec.</summary>
    public string? ModelName { get; init; }

    /// <summary>As <see cref="ModelName"/>, for the data set.</summary>
    public string? DatasetName { get; init; }

    public static TrainingRequest Parse(TrainSettings settings)
    {
        var parser = new OptionParser();
        if (string.IsNullOrWhiteSpace(settings.Model))
            parser.Refuse("model is missing; give --model MODEL, a folder in Hugging Face layout or a name at the hub");
        if (string.IsNullOrWhiteSpace(settings.Dataset))
            parser.Refuse("dataset is missing; give --dataset DATASET, a folder with a split train and one to evaluate on, "
                + "or a name at the hub");
        TrainingMethod method = parser.Choice("method", settings.Method, TrainingMethod.Lora,
            ("lora", TrainingMethod.Lora), ("full", TrainingMethod.Full), ("head", TrainingMethod.Head));
        string? adapterConfig = ReadAdapterConfig(settings, method, parser);
        var options = new TrainingOptions
        {
            Method = method,
            Lora = ParseLora(settings, parser),
            Epochs = parser.Int("epochs", settings.Epochs, 1),
            MaxSteps = parser.OptionalInt("max-steps", settings.MaxSteps),
            MaxLength = parser.Int("max-length", settings.MaxLength, 128),
            Pooling = parser.Choice("pooling", settings.Pooling, Pooling.First, ("cls", Pooling.First), ("mean", Pooling.Mean)),
            Packing = parser.Choice("packing", settings.Packing, Packing.Padded, ("padded", Packing.Padded), ("packed", Packing.Packed)),
            LoraPlusRatio = parser.Double("loraplus-ratio", settings.LoraPlusRatio, 1),
            Batching = parser.Choice("batching", settings.Batching, Batching.Grouped,
                ("grouped", Batching.Grouped), ("random", Batching.Random)),
            LearningRate = parser.OptionalDouble("lr", settings.LearningRate),
            Schedule = parser.Choice("schedule", settings.Schedule, ScheduleKind.Linear,
                ("linear", ScheduleKind.Linear), ("cosine", ScheduleKind.Cosine), ("constant", ScheduleKind.Constant)),
            Warmup = parser.Double("warmup", settings.Warmup, 0.06),
            WeightDecay = parser.Double("weight-decay", settings.WeightDecay, 0.01),
            MaxGradNorm = parser.Double("max-grad-norm", settings.MaxGradNorm, 1),
            GlobalBatchSize = parser.Int("global-batch", settings.GlobalBatch, 32),
            MicroBatchSize = parser.Int("micro-batch", settings.MicroBatch, 8),
            Seed = parser.UInt64("seed", settings.Seed, 0),
            Precision = parser.Choice("dtype", settings.Dtype, Precision.Float32,
                ("fp32", Precision.Float32), ("bf16", Precision.BFloat16)),
        };
        RunSpec spec = ToSpec(options, settings, adapterConfig) with
        {
            MaxExamples = parser.OptionalInt("max-examples", settings.MaxExamples),
            CheckpointSeconds = parser.Double("checkpoint-seconds", settings.CheckpointSeconds, method == TrainingMethod.Full ? 0 : 5),
            EvalSteps = parser.OptionalInt("eval-steps", settings.EvalSteps), KeepBest = settings.KeepBest,
            BestBy = parser.Choice("best-by", settings.BestBy, "loss", ("loss", "loss"), ("accuracy", "accuracy")),
            Patience = parser.OptionalInt("patience", settings.Patience),
        };
        CheckEvaluations(spec, settings, parser);
        int? trainers = parser.OptionalInt("trainers", settings.Trainers);
        int? threads = parser.OptionalInt("threads-per-trainer", settings.ThreadsPerTrainer);
        CheckRest(spec, options, trainers, threads, settings, parser);
        return new TrainingRequest(options, spec, trainers, threads, [.. parser.Faults, .. options.Faults()]);
    }

    private static LoraConfig ParseLora(TrainSettings settings, OptionParser parser)
    {
        if (settings.Target is not null && settings.TargetRegex is not null)
            parser.Refuse($"target is '{settings.Target}' and target-regex is '{settings.TargetRegex}'; allowed is one of them");
        TargetModules targets = settings.TargetRegex is { } pattern ? TargetModules.Matching(pattern)
            : settings.Target is { } names ? TargetModules.Named(names.Split(',', StringSplitOptions.TrimEntries))
            : TargetModules.Named("q", "v");
        return new LoraConfig
        {
            Rank = parser.Int("rank", settings.Rank, 8),
            Alpha = parser.Double("alpha", settings.Alpha, 16),
            Dropout = parser.Double("dropout", settings.Dropout, 0),
            TargetModules = targets,
            RankStabilized = settings.RsLora,
            WeightDecomposed = settings.Dora,
            Bias = parser.Choice("bias", settings.Bias, BiasTraining.None,
                ("none", BiasTraining.None), ("all", BiasTraining.All), ("lora_only", BiasTraining.LoraOnly)),
            Initialization = parser.Choice("init", settings.Init, AdapterInitialization.KaimingUniform,
                ("kaiming", AdapterInitialization.KaimingUniform), ("gaussian", AdapterInitialization.Gaussian),
                ("random", AdapterInitialization.Random), ("pissa", AdapterInitialization.Pissa), ("olora", AdapterInitialization.Olora)),
        };
    }

    /// <summary>An option that would be ignored is refused: the user meant something by it.</summary>
    private static string? ReadAdapterConfig(TrainSettings settings, TrainingMethod method, OptionParser parser)
    {
        (string Name, string? Text)[] shape =
        [
            ("rank", settings.Rank), ("alpha", settings.Alpha), ("dropout", settings.Dropout), ("target", settings.Target),
            ("target-regex", settings.TargetRegex), ("rslora", settings.RsLora ? "true" : null), ("dora", settings.Dora ? "true" : null),
            ("bias", settings.Bias), ("init", settings.Init),
        ];
        if (method != TrainingMethod.Lora)
        {
            foreach ((string name, string? text) in (IEnumerable<(string, string?)>)[.. shape, ("adapter-config", settings.AdapterConfig)])
                if (text is not null) parser.Refuse($"{name} is '{text}', but method is {Words.Of(method)}, which has no adapter");
            return null;
        }
        if (settings.AdapterConfig is not { } file) return null;
        foreach ((string name, string? text) in shape)
            if (text is not null) parser.Refuse($"{name} is '{text}', but adapter-config decides it; allowed is one of them");
        if (!File.Exists(file))
        {
            parser.Refuse($"adapter-config is '{file}', which is no file; allowed is a PEFT adapter_config.json");
            return null;
        }
        return AdapterConfigText.Read(file, parser);
    }

    private static void CheckEvaluations(RunSpec spec, TrainSettings settings, OptionParser parser)
    {
        if (spec.EvalSteps is < 1) parser.Refuse($"eval-steps is {spec.EvalSteps}; allowed is 1 or more");
        if (spec.Patience is < 1) parser.Refuse($"patience is {spec.Patience}; allowed is 1 or more");
        if (settings.EvalSteps is null && settings.KeepBest) parser.Refuse("keep-best is set; allowed is eval-steps beside it");
        if (settings.EvalSteps is null && settings.Patience is { } patience)
            parser.Refuse($"patience is '{patience}'; allowed is eval-steps beside it");
        if (settings.BestBy is { } figure && !settings.KeepBest && settings.Patience is null)
            parser.Refuse($"best-by is '{figure}'; allowed is keep-best or patience beside it, else nothing asks for the best");
    }

    // The weights of an earlier run are worth more than a retyped command.
    private static readonly string[] Results = [AdapterFolder.WeightsFile, "model.safetensors"];

    private static void CheckRest(
        RunSpec spec, TrainingOptions options, int? trainers, int? threads, TrainSettings settings, OptionParser parser)
    {
        if (spec.MaxExamples is < 1) parser.Refuse($"max-examples is {spec.MaxExamples}; allowed is 1 or more");
        if (!double.IsFinite(spec.CheckpointSeconds) || spec.CheckpointSeconds < 0)
            parser.Refuse($"checkpoint-seconds is '{settings.CheckpointSeconds}'; allowed is 0 (only on pause and at the end) or more");
        if (spec.Name.Length > LongestName) parser.Refuse($"name has {spec.Name.Length} characters; allowed are {LongestName}");
        if (threads is < 1 or > 1024) parser.Refuse($"threads-per-trainer is {threads}; allowed is 1 to 1024");
        if (trainers is < 1) parser.Refuse($"trainers is {trainers}; allowed is 1 or more");
        if (options.MicroBatchSize >= 1 && options.GlobalBatchSize >= options.MicroBatchSize && trainers > options.MicroBatchesPerStep)
            parser.Refuse($"trainers is {trainers}; allowed is at most the micro-batches of a global batch, "
                + $"{options.MicroBatchesPerStep} ({options.GlobalBatchSize} / {options.MicroBatchSize})");
        if (settings is { Detach: true, Output: { } output })
            parser.Refuse($"output is '{output}', but detach returns before there is a result; 'client adapter pull RUN' copies it later");
        if (settings.Output is { } folder && File.Exists(folder))
            parser.Refuse($"output is '{folder}', which is a file; allowed is a folder");
        else if (settings is { Output: { } place, Force: false }
            && Results.FirstOrDefault(name => File.Exists(Path.Combine(place, name))) is { } there)
            parser.Refuse($"output is '{place}', which has {there} already; allowed is another folder, or --force");
    }

    private static RunSpec ToSpec(TrainingOptions options, TrainSettings settings, string? adapterConfig) => new()
    {
        Name = settings.Name ?? "",
        ModelPath = settings.Model ?? "",
        DatasetPath = settings.Dataset ?? "",
        TextColumn = settings.TextColumn,
        LabelColumn = settings.LabelColumn,
        Method = Words.Of(options.Method),
        Rank = options.Lora.Rank,
        Alpha = options.Lora.Alpha,
        Dropout = options.Lora.Dropout,
        TargetModules = options.Lora.TargetModules.Names,
        TargetRegex = options.Lora.TargetModules.Pattern,
        Epochs = options.Epochs,
        MaxSteps = options.MaxSteps,
        MaxLength = options.MaxLength,
        Pooling = options.Pooling == Pooling.Mean ? "mean" : "cls",
        Packing = options.Packing == Packing.Packed ? "packed" : "padded",
        LoraPlusRatio = options.LoraPlusRatio,
        Batching = Words.Of(options.Batching),
        LearningRate = options.LearningRate,
        Schedule = Words.Of(options.Schedule),
        Warmup = options.Warmup,
        WeightDecay = options.WeightDecay,
        MaxGradNorm = options.MaxGradNorm,
        GlobalBatchSize = options.GlobalBatchSize,
        MicroBatchSize = options.MicroBatchSize,
        Seed = options.Seed,
        Dtype = Words.Of(options.Precision),
        AdapterConfigJson = adapterConfig ?? AdapterConfigText.Of(options),
        RequireEqualBits = !settings.NoEqualBits,
    };
}
