using MessagePack;

namespace LoraCluster.Grains.Runs;

/// <summary>
/// What a user wants trained: everything that decides a run's bits, and nothing that does not. The hyperparameters are checked where they
/// are used (<c>TrainingOptions.Faults</c> of the library); the client and the run grain both ask it before anything starts.
/// </summary>
[GenerateSerializer, Immutable, Alias("loracluster.RunSpec"), MessagePackObject]
public sealed record RunSpec
{
    /// <summary>A free label for people, at most 100 characters; may be empty.</summary>
    [Id(0), Key(0)] public string Name { get; init; } = "";

    /// <summary>Folder of the base model in Hugging Face layout, as the silos see it, or its name at the hub with a commit
    /// (<c>owner/name@COMMIT</c>), which each silo looks up in its own cache and downloads where it is not there.</summary>
    [Id(1), Key(1)] public required string ModelPath { get; init; }

    /// <summary>SHA-256 (lower-case hex) over the files that the loader reads; a silo with other bytes under the path refuses. Empty:
    /// filled in by the first silo.</summary>
    [Id(2), Key(2)] public string ModelHash { get; init; } = "";

    /// <summary>The data set, as the silos see it: a folder with a split train and one to evaluate on, FOLDER:SUBSET, or a file; or its
    /// name at the hub with a commit (<c>owner/name@COMMIT:SUBSET</c>), as <see cref="ModelPath"/>.</summary>
    [Id(3), Key(3)] public required string DatasetPath { get; init; }

    /// <summary>As <see cref="ModelHash"/>, for the data set.</summary>
    [Id(4), Key(4)] public string DatasetHash { get; init; } = "";

    /// <summary>lora, full or head.</summary>
    [Id(5), Key(5)] public string Method { get; init; } = "lora";

    /// <summary>LoRA's rank r, 1 or more.</summary>
    [Id(6), Key(6)] public int Rank { get; init; } = 8;

    /// <summary>LoRA's alpha; the scaling is alpha / rank. Above 0.</summary>
    [Id(7), Key(7)] public double Alpha { get; init; } = 16;

    /// <summary>LoRA dropout probability, in [0, 1).</summary>
    [Id(8), Key(8)] public double Dropout { get; init; }

    /// <summary>Modules that get an adapter: whole names, endings at a dot, or a family's short names (q, k, v, o).</summary>
    [Id(9), Key(9)] public IReadOnlyList<string> TargetModules { get; init; } = ["q", "v"];

    /// <summary>A regular expression for whole module names, instead of <see cref="TargetModules"/>; null: not used.</summary>
    [Id(10), Key(10)] public string? TargetRegex { get; init; }

    /// <summary>Passes over the training rows, 1 or more.</summary>
    [Id(11), Key(11)] public int Epochs { get; init; } = 1;

    /// <summary>Optimizer steps after which the run ends, whatever <see cref="Epochs"/> says; null: no such limit.</summary>
    [Id(12), Key(12)] public int? MaxSteps { get; init; }

    /// <summary>Only the first so many training rows are used; null: all.</summary>
    [Id(13), Key(13)] public int? MaxExamples { get; init; }

    /// <summary>Longest row in tokens, [CLS] and [SEP] included; longer ones are cut.</summary>
    [Id(14), Key(14)] public int MaxLength { get; init; } = 128;

    /// <summary>grouped (by length) or random.</summary>
    [Id(15), Key(15)] public string Batching { get; init; } = "grouped";

    /// <summary>Peak learning rate; null: the method's default (lora 1e-3, full 1e-4, head 1e-2).</summary>
    [Id(16), Key(16)] public double? LearningRate { get; init; }

    /// <summary>linear, cosine or constant, each with warm-up.</summary>
    [Id(17), Key(17)] public string Schedule { get; init; } = "linear";

    /// <summary>Share of the steps that warm up, in [0, 1].</summary>
    [Id(18), Key(18)] public double Warmup { get; init; } = 0.06;

    /// <summary>AdamW's decoupled weight decay, 0 or more.</summary>
    [Id(19), Key(19)] public double WeightDecay { get; init; } = 0.01;

    /// <summary>Clipping: largest global L2 norm of the reduced gradient; 0: none.</summary>
    [Id(20), Key(20)] public double MaxGradNorm { get; init; } = 1;

    /// <summary>Rows of one optimizer step.</summary>
    [Id(21), Key(21)] public int GlobalBatchSize { get; init; } = 32;

    /// <summary>Rows of one micro-batch; divides <see cref="GlobalBatchSize"/>.</summary>
    [Id(22), Key(22)] public int MicroBatchSize { get; init; } = 8;

    /// <summary>Trainers that share the work; at most the micro-batches of a global batch.</summary>
    [Id(23), Key(23)] public int Trainers { get; init; } = 1;

    /// <summary>Threads of each trainer's tensor operations; part of the run's identity, since bits may depend on it.</summary>
    [Id(24), Key(24)] public int ThreadsPerTrainer { get; init; } = 1;

    /// <summary>Seed of the data order, the dropouts, the adapters' A and a new head.</summary>
    [Id(25), Key(25)] public ulong Seed { get; init; }

    /// <summary>fp32 or bf16 (frozen weights and products in bf16; all that is trained stays fp32).</summary>
    [Id(26), Key(26)] public string Dtype { get; init; } = "fp32";

    /// <summary>Seconds between checkpoints while the run goes on; 0: only on pause and at the end.</summary>
    [Id(27), Key(27)] public double CheckpointSeconds { get; init; } = 5;

    /// <summary>A PEFT <c>adapter_config.json</c> as text, whose fields then decide instead of rank, alpha, dropout and targets; null:
    /// none.</summary>
    [Id(28), Key(28)] public string? AdapterConfigJson { get; init; }

    /// <summary>True: the run is refused on a silo whose kernels do not pass the self-test of equal bits.</summary>
    [Id(29), Key(29)] public bool RequireEqualBits { get; init; } = true;

    /// <summary>What the head reads: cls (the first token), or mean (of all tokens; only with method head).</summary>
    [Id(30), Key(30)] public string Pooling { get; init; } = "cls";

    /// <summary>The data set's column with the text; null: sentence, else text, else the only one of texts.</summary>
    [Id(31), Key(31)] public string? TextColumn { get; init; }

    /// <summary>The data set's column with the label; null: label.</summary>
    [Id(32), Key(32)] public string? LabelColumn { get; init; }

    /// <summary>How texts become the rows of a language model: padded (a row a text) or packed (all texts one after the other).</summary>
    [Id(33), Key(33)] public string Packing { get; init; } = "padded";

    /// <summary>LoRA+: what the learning rate is multiplied by for B, magnitudes and biases, above 0.</summary>
    [Id(34), Key(34)] public double LoraPlusRatio { get; init; } = 1;

    /// <summary>Evaluate the held-out split every so many steps and after the last one (transformers: <c>eval_steps</c>); null: at the end
    /// alone.</summary>
    [Id(35), Key(35)] public int? EvalSteps { get; init; }

    /// <summary>True: the result is the state with the best evaluation (transformers: <c>load_best_model_at_end</c>). Needs
    /// <see cref="EvalSteps"/>.</summary>
    [Id(36), Key(36)] public bool KeepBest { get; init; }

    /// <summary>What makes an evaluation the best: loss (the smallest) or accuracy (the largest).</summary>
    [Id(37), Key(37)] public string BestBy { get; init; } = "loss";

    /// <summary>Stop after so many evaluations without a better one (transformers: <c>early_stopping_patience</c>); null: never. Needs
    /// <see cref="EvalSteps"/>.</summary>
    [Id(38), Key(38)] public int? Patience { get; init; }
}
