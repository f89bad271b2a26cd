using System.ComponentModel;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Kernels;
using LoraCluster.Training;
using Spectre.Console.Cli;

namespace LoraCluster.Solo;

/// <summary>Options of <c>solo train</c>.</summary>
internal sealed class TrainSettings : CommandSettings
{
    [CommandOption("--model <MODEL>")]
    [Description("Model folder in Hugging Face layout, or a name at the hub")]
    public string Model { get; init; } = "";

    [CommandOption("--dataset <DATASET>")]
    [Description("Folder (or FOLDER:SUBSET) with train and dev, validation or test, as .tsv, .csv, .jsonl, .parquet or .txt; "
        + "or a name at the hub")]
    public string Dataset { get; init; } = "";

    [CommandOption("--text-column <NAME>")]
    [Description("Column with the text; default: sentence, else text, else the only one of texts")]
    public string? TextColumn { get; init; }

    [CommandOption("--label-column <NAME>")]
    [Description("Column with the label; default: label")]
    public string? LabelColumn { get; init; }

    [CommandOption("--method <METHOD>")]
    [Description("lora, full or head")]
    [DefaultValue("lora")]
    public string Method { get; init; } = "lora";

    [CommandOption("--target <NAMES>")]
    [Description("Target modules, separated by commas")]
    [DefaultValue("q,v")]
    public string Target { get; init; } = "q,v";

    [CommandOption("--rank <R>")]
    [DefaultValue(8)]
    public int Rank { get; init; } = 8;

    [CommandOption("--alpha <ALPHA>")]
    [DefaultValue(16.0)]
    public double Alpha { get; init; } = 16;

    [CommandOption("--dropout <P>")]
    [Description("LoRA dropout")]
    [DefaultValue(0.0)]
    public double Dropout { get; init; }

    [CommandOption("--rslora")]
    [Description("Scale the update by alpha / sqrt(rank)")]
    public bool RsLora { get; init; }

    [CommandOption("--dora")]
    [Description("Train a magnitude for each output besides")]
    public bool Dora { get; init; }

    [CommandOption("--bias <WHICH>")]
    [Description("Biases that are trained besides: none, all or lora_only")]
    [DefaultValue("none")]
    public string Bias { get; init; } = "none";

    [CommandOption("--init <START>")]
    [Description("What A and B start from: kaiming, gaussian, random, pissa or olora")]
    [DefaultValue("kaiming")]
    public string Init { get; init; } = "kaiming";

    [CommandOption("--epochs <N>")]
    [DefaultValue(1)]
    public int Epochs { get; init; } = 1;

    [CommandOption("--max-steps <N>")]
    public int? MaxSteps { get; init; }

    [CommandOption("--max-examples <N>")]
    [Description("Use only the first N training rows")]
    public int? MaxExamples { get; init; }

    [CommandOption("--max-length <N>")]
    [DefaultValue(128)]
    public int MaxLength { get; init; } = 128;

    [CommandOption("--batching <KIND>")]
    [Description("grouped or random")]
    [DefaultValue("grouped")]
    public string Batching { get; init; } = "grouped";

    [CommandOption("--lr <RATE>")]
    [Description("Peak learning rate; default 1e-3 (lora), 1e-4 (full), 1e-2 (head)")]
    public double? LearningRate { get; init; }

    [CommandOption("--schedule <KIND>")]
    [DefaultValue("linear")]
    public string Schedule { get; init; } = "linear";

    [CommandOption("--warmup <SHARE>")]
    [DefaultValue(0.06)]
    public double Warmup { get; init; } = 0.06;

    [CommandOption("--weight-decay <W>")]
    [DefaultValue(0.01)]
    public double WeightDecay { get; init; } = 0.01;

    [CommandOption("--max-grad-norm <N>")]
    [DefaultValue(1.0)]
    public double MaxGradNorm { get; init; } = 1;

    [CommandOption("--global-batch <N>")]
    [DefaultValue(32)]
    public int GlobalBatch { get; init; } = 32;

    [CommandOption("--micro-batch <N>")]
    [DefaultValue(8)]
    public int MicroBatch { get; init; } = 8;

    [CommandOption("--seed <N>")]
    [DefaultValue(0)]
    public int Seed { get; init; }

    [CommandOption("--threads <N>")]
    [Description("Threads of the tensor operations; default: all cores")]
    public int? Threads { get; init; }

    [CommandOption("--device <DEVICE>")]
    [Description("auto, cpu or cuda:N")]
    [DefaultValue("cpu")]
    public string Device { get; init; } = "cpu";

    [CommandOption("--dtype <DTYPE>")]
    [Description("fp32 or bf16")]
    [DefaultValue("fp32")]
    public string Dtype { get; init; } = "fp32";

    [CommandOption("--random-weights")]
    [Description("Seeded random weights of config.json's shape: for speed, not for quality")]
    public bool RandomWeights { get; init; }

    [CommandOption("--vocab <FILE>")]
    [Description("vocab.txt, where the model folder has none")]
    public string? Vocabulary { get; init; }

    [CommandOption("--packing <KIND>")]
    [Description("Language models: padded (a row a text) or packed (texts one after the other, cut at --max-length)")]
    [DefaultValue("padded")]
    public string Packing { get; init; } = "padded";

    [CommandOption("--loraplus-ratio <X>")]
    [Description("Learn B X times as fast as A (LoRA+)")]
    [DefaultValue(1.0)]
    public double LoraPlusRatio { get; init; } = 1;

    [CommandOption("--without <TECHNIQUES>")]
    [Description("For benchmarks: leave out packed, dropout, first, adamw, heap (separated by commas)")]
    public string? Without { get; init; }

    [CommandOption("--untimed <N>")]
    [Description("First steps that are left out of the rates")]
    [DefaultValue(3)]
    public int Untimed { get; init; } = 3;

    [CommandOption("--no-eval")]
    [Description("Skip the evaluation")]
    public bool NoEvaluation { get; init; }

    [CommandOption("--output <DIR>")]
    [Description("Write the adapter (or model) folder there")]
    public string? Output { get; init; }

    public TextColumns Columns => new(TextColumn, LabelColumn);

    public TrainingOptions ToOptions() => new()
    {
        Method = Choice<TrainingMethod>("method", Method, ("lora", TrainingMethod.Lora), ("full", TrainingMethod.Full),
            ("head", TrainingMethod.Head)),
        Lora = new LoraConfig { Rank = Rank, Alpha = Alpha, Dropout = Dropout,
            TargetModules = TargetModules.Named(Target.Split(',', StringSplitOptions.TrimEntries)),
            RankStabilized = RsLora, WeightDecomposed = Dora,
            Bias = Choice<BiasTraining>("bias", Bias, ("none", BiasTraining.None), ("all", BiasTraining.All),
                ("lora_only", BiasTraining.LoraOnly)),
            Initialization = Choice<AdapterInitialization>("init", Init, ("kaiming", AdapterInitialization.KaimingUniform),
                ("gaussian", AdapterInitialization.Gaussian), ("random", AdapterInitialization.Random),
                ("pissa", AdapterInitialization.Pissa), ("olora", AdapterInitialization.Olora)) },
        Epochs = Epochs, MaxSteps = MaxSteps, MaxLength = MaxLength,
        Packing = Choice<Packing>("packing", Packing, ("padded", Data.Packing.Padded), ("packed", Data.Packing.Packed)),
        LoraPlusRatio = LoraPlusRatio,
        Batching = Choice<Batching>("batching", Batching, ("grouped", LoraCluster.Training.Batching.Grouped),
            ("random", LoraCluster.Training.Batching.Random)),
        LearningRate = LearningRate,
        Schedule = Choice<ScheduleKind>("schedule", Schedule, ("linear", ScheduleKind.Linear), ("cosine", ScheduleKind.Cosine),
            ("constant", ScheduleKind.Constant)),
        Warmup = Warmup, WeightDecay = WeightDecay, MaxGradNorm = MaxGradNorm, GlobalBatchSize = GlobalBatch, MicroBatchSize = MicroBatch,
        Seed = (ulong)Seed,
        Precision = Choice<Precision>("dtype", Dtype, ("fp32", Precision.Float32), ("bf16", Precision.BFloat16)),
    };

    /// <summary>Prepares the process for speed, the techniques of <see cref="Without"/> left out.</summary>
    public void ApplyTechniques()
    {
        bool keepPages = true;
        foreach (string name in Without?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            _ = name switch
            {
                "packed" => KernelSwitches.PackedWeights = false,
                "dropout" => KernelSwitches.CounterDropout = false,
                "first" => KernelSwitches.OnlyFirstPosition = false,
                "adamw" => KernelSwitches.FusedAdamW = false,
                "heap" => keepPages = false,
                _ => throw new UserErrorException($"--without names '{name}'; allowed are packed, dropout, first, adamw, heap"),
            };
        }
        if (keepPages) NativeHeap.KeepFreedPages();
    }

    private static T Choice<T>(string name, string value, params (string Name, T Value)[] choices)
    {
        foreach ((string choice, T result) in choices) if (choice == value) return result;
        throw new UserErrorException($"--{name} is '{value}'; allowed are {string.Join(", ", choices.Select(c => c.Name))}");
    }
}
