using MessagePack;

namespace LoraCluster.Grains.Runs;

/// <summary>A run as reported: its spec, where it stands and its figures so far.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.RunStatus")]
public sealed record RunStatus
{
    /// <summary><c>run-</c> and 12 lower-case base32 characters.</summary>
    [Id(0)] public required string RunId { get; init; }
    /// <summary>What was asked for, with the hashes filled in.</summary>
    [Id(1)] public required RunSpec Spec { get; init; }
    /// <summary>Where the run stands.</summary>
    [Id(2)] public required RunState State { get; init; }
    /// <summary>Why it stands there, for people: what a queued run waits for, what a failed one met. May be empty.</summary>
    [Id(3)] public string Reason { get; init; } = "";
    /// <summary>Submitted at.</summary>
    [Id(4)] public DateTimeOffset SubmittedAt { get; init; }
    /// <summary>First step of the latest start at; null before.</summary>
    [Id(5)] public DateTimeOffset? StartedAt { get; init; }
    /// <summary>At rest since; null before.</summary>
    [Id(6)] public DateTimeOffset? EndedAt { get; init; }
    /// <summary>Figures so far.</summary>
    [Id(7)] public RunProgress Progress { get; init; } = new();
    /// <summary>The trainers' silos, by worker rank; empty while none is assigned.</summary>
    [Id(8)] public IReadOnlyList<string> Silos { get; init; } = [];
    /// <summary>The result of a completed run; else null.</summary>
    [Id(9)] public RunResult? Result { get; init; }
    /// <summary>Step of the last whole checkpoint; null: none.</summary>
    [Id(10)] public int? CheckpointStep { get; init; }
    /// <summary>Remarks of the loader: skipped tensors, a seeded head, entries that matched nothing.</summary>
    [Id(11)] public IReadOnlyList<string> Notices { get; init; } = [];
    /// <summary>Grows with every change; a watcher passes the last one it saw.</summary>
    [Id(12)] public long Version { get; init; }
}

/// <summary>Figures of a run in progress.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.RunProgress"), MessagePackObject]
public sealed record RunProgress
{
    /// <summary>Optimizer steps done.</summary>
    [Id(0), Key(0)] public int Step { get; init; }
    /// <summary>Optimizer steps in all; 0 before it is known.</summary>
    [Id(1), Key(1)] public int Steps { get; init; }
    /// <summary>Mean loss per row, or per token with a target, of the last step; NaN before the first.</summary>
    [Id(2), Key(2)] public double Loss { get; init; } = double.NaN;
    /// <summary>Share of the last step's rows that were classified right while training, in [0, 1]; NaN before the first.</summary>
    [Id(3), Key(3)] public double TrainingAccuracy { get; init; } = double.NaN;
    /// <summary>Rows per second since the start or the last resume.</summary>
    [Id(4), Key(4)] public double SamplesPerSecond { get; init; }
    /// <summary>Learning rate of the last step.</summary>
    [Id(5), Key(5)] public double LearningRate { get; init; }
    /// <summary>Global L2 norm of the reduced gradient before clipping, at the last step.</summary>
    [Id(6), Key(6)] public double GradNorm { get; init; }
    /// <summary>Bytes that trainers and coordinator exchanged per step, both ways.</summary>
    [Id(7), Key(7)] public long BytesPerStep { get; init; }
    /// <summary>Seconds of training since the first step, pauses left out.</summary>
    [Id(8), Key(8)] public double Seconds { get; init; }
    /// <summary>Mean wall time of a step, in milliseconds.</summary>
    [Id(9), Key(9)] public double StepTimeMs { get; init; }
    /// <summary>Mean time a trainer waited for the reduction, in milliseconds.</summary>
    [Id(10), Key(10)] public double AllReduceTimeMs { get; init; }
    /// <summary>The last evaluation of the held-out split while training; null: none yet.</summary>
    [Id(11), Key(11)] public EvaluationMetrics? Evaluation { get; init; }
}

/// <summary>What a completed run hands back.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.RunResult"), MessagePackObject]
public sealed record RunResult
{
    /// <summary>Rows of the held-out split that the final model classified right; of a language model, tokens that it guessed.</summary>
    [Id(0), Key(0)] public required int Correct { get; init; }
    /// <summary>Rows of the held-out split; of a language model, tokens with a target.</summary>
    [Id(1), Key(1)] public required int Rows { get; init; }
    /// <summary>Mean loss on the held-out split, per row or token.</summary>
    [Id(2), Key(2)] public required double EvaluationLoss { get; init; }
    /// <summary>SHA-256 (lower-case hex) of <c>adapter_model.safetensors</c>, or of <c>model.safetensors</c> for full and head.</summary>
    [Id(3), Key(3)] public required string WeightsSha256 { get; init; }
    /// <summary>Bytes of that file.</summary>
    [Id(4), Key(4)] public required long WeightsBytes { get; init; }
    /// <summary>Parameters that were trained.</summary>
    [Id(5), Key(5)] public required long TrainableParameters { get; init; }
    /// <summary>Parameters in all, adapters included.</summary>
    [Id(6), Key(6)] public required long TotalParameters { get; init; }
    /// <summary>Key of the <see cref="Artifacts.IArtifactGrain"/> that holds the files.</summary>
    [Id(7), Key(7)] public required string ArtifactId { get; init; }
    /// <summary>True for a language model, which counts tokens.</summary>
    [Id(8), Key(8)] public bool CountsTokens { get; init; }
    /// <summary>Steps after which the model was what the result is, where the best state was kept; null: it is the last one.</summary>
    [Id(9), Key(9)] public int? BestStep { get; init; }
    /// <summary>exp(<see cref="EvaluationLoss"/>) of a language model; else null.</summary>
    [IgnoreMember] public double? Perplexity => CountsTokens ? Math.Exp(EvaluationLoss) : null;
    /// <summary>Correct / Rows, in [0, 1]; NaN without rows.</summary>
    [IgnoreMember] public double Accuracy => Rows == 0 ? double.NaN : (double)Correct / Rows;
}
