using System.Globalization;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;

namespace LoraCluster.Training;

/// <summary>What is trained.</summary>
public enum TrainingMethod
{
    /// <summary>LoRA adapters and the classification head.</summary>
    Lora,
    /// <summary>Every parameter.</summary>
    Full,
    /// <summary>The classification head alone.</summary>
    Head,
}

/// <summary>How rows are put into batches.</summary>
public enum Batching
{
    /// <summary>Rows of like length together, batches shuffled.</summary>
    Grouped,
    /// <summary>A plain permutation.</summary>
    Random,
}

/// <summary>Precision of the frozen weights and of the products.</summary>
public enum Precision
{
    /// <summary>32-bit floats throughout.</summary>
    Float32,
    /// <summary>bfloat16 products; the residual stream, norms and all that is trained stay fp32.</summary>
    BFloat16,
}

/// <summary>Shape of the learning rate after warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Falls linearly to 0.</summary>
    Linear,
    /// <summary>Half a cosine to 0.</summary>
    Cosine,
    /// <summary>Stays.</summary>
    Constant,
}

/// <summary>Hyperparameters of a training run; the defaults are those of the console.</summary>
public sealed record TrainingOptions
{
    /// <summary>What is trained.</summary>
    public TrainingMethod Method { get; init; } = TrainingMethod.Lora;

    /// <summary>The adapter; used by <see cref="TrainingMethod.Lora"/> only.</summary>
    public LoraConfig Lora { get; init; } = new();

    /// <summary>What the head reads; the mean is for <see cref="TrainingMethod.Head"/> only, since an adapter's file cannot say
    /// it.</summary>
    public Pooling Pooling { get; init; } = Pooling.First;

    /// <summary>Passes over the training rows, 1 or more.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Optimizer steps after which training ends; null: <see cref="Epochs"/> decides. 1 or more.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Longest row in tokens, special ones included; 3 or more and at most the model's positions.</summary>
    public int MaxLength { get; init; } = 128;

    /// <summary>How texts become rows; of language models only.</summary>
    public Packing Packing { get; init; } = Packing.Padded;

    /// <summary>How rows are put into batches.</summary>
    public Batching Batching { get; init; } = Batching.Grouped;

    /// <summary>Peak learning rate, above 0; null: 1e-3 for LoRA, 1e-4 for full, 1e-2 for head.</summary>
    public double? LearningRate { get; init; }

    /// <summary>LoRA+ (Hayou et al. 2024): what the learning rate is multiplied by for B, magnitudes and biases. 1: plain LoRA.
    /// LoRA only.</summary>
    public double LoraPlusRatio { get; init; } = 1;

    /// <summary>Shape of the learning rate.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Linear;

    /// <summary>Share of the steps that warm up, in [0, 1].</summary>
    public double Warmup { get; init; } = 0.06;

    /// <summary>AdamW's decoupled weight decay on every trainable, 0 or more.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Clipping by the global L2 norm of the reduced gradient, 0 or more; 0: none.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Rows of one optimizer step, 1 to 65,536.</summary>
    public int GlobalBatchSize { get; init; } = 32;

    /// <summary>Rows of one micro-batch; divides <see cref="GlobalBatchSize"/>.</summary>
    public int MicroBatchSize { get; init; } = 8;

    /// <summary>Seed of data order, dropouts, A and a new head.</summary>
    public ulong Seed { get; init; }

    /// <summary>Precision of the frozen weights and of the products.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The learning rate that applies.</summary>
    public double EffectiveLearningRate =>
        LearningRate ?? Method switch { TrainingMethod.Full => 1e-4, TrainingMethod.Head => 1e-2, _ => 1e-3 };

    /// <summary>Micro-batches of a whole global batch.</summary>
    public int MicroBatchesPerStep => GlobalBatchSize / MicroBatchSize;

    /// <summary>Everything that is wrong with these options, each naming the value and what is allowed; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Check(bool good, string name, object? value, string allowed)
        {
            if (!good) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value ?? "nothing"}; allowed is {allowed}"));
        }
        Check(Epochs is >= 1 and <= 10_000, "epochs", Epochs, "1 to 10000");
        Check(MaxSteps is null or >= 1 and <= 100_000_000, "max-steps", MaxSteps, "1 to 100000000");
        Check(MaxLength is >= 3 and <= 1_048_576, "max-length", MaxLength, "3 or more");
        Check(LearningRate is null
            || (double.IsFinite(LearningRate.Value) && LearningRate > 0), "lr", LearningRate, "a finite number above 0");
        Check(double.IsFinite(LoraPlusRatio) && LoraPlusRatio > 0, "loraplus-ratio", LoraPlusRatio, "a finite number above 0");
        Check(Method == TrainingMethod.Lora || LoraPlusRatio == 1, "loraplus-ratio", LoraPlusRatio, "1; another only with method lora");
        Check(Enum.IsDefined(Packing), "packing", Packing, "padded or packed");
        Check(double.IsFinite(Warmup) && Warmup is >= 0 and <= 1, "warmup", Warmup, "a share from 0 to 1");
        Check(double.IsFinite(WeightDecay) && WeightDecay >= 0, "weight-decay", WeightDecay, "a finite number, 0 or more");
        Check(double.IsFinite(MaxGradNorm) && MaxGradNorm >= 0, "max-grad-norm", MaxGradNorm, "a finite number, 0 (no clipping) or more");
        Check(GlobalBatchSize is >= 1 and <= 65_536, "global-batch", GlobalBatchSize, "1 to 65536");
        Check(MicroBatchSize >= 1
            && GlobalBatchSize % Math.Max(1, MicroBatchSize) == 0, "micro-batch", MicroBatchSize,
            $"a divisor of global-batch ({GlobalBatchSize})");
        Check(Enum.IsDefined(Method), "method", Method, "lora, full or head");
        Check(Pooling == Pooling.First || Method == TrainingMethod.Head, "pooling", "mean", "cls; mean only with method head");
        Check(Enum.IsDefined(Batching), "batching", Batching, "grouped or random");
        Check(Enum.IsDefined(Schedule), "schedule", Schedule, "linear, cosine or constant");
        Check(Enum.IsDefined(Precision), "dtype", Precision, "fp32 or bf16");
        if (Method == TrainingMethod.Lora) faults.AddRange(Lora.Faults());
        return faults;
    }
}
