using LoraCluster.Evaluation;

namespace LoraCluster.Grains.Jobs;

/// <summary>A worker's share of an evaluation: the sums of its batches, and what it evaluated.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.EvaluationShare")]
public sealed record EvaluationShare : JobPart
{
    /// <summary>Sums by batch, in order.</summary>
    [Id(0)] public required IReadOnlyList<BatchSum> Batches { get; init; }
    /// <summary>Rows by true and predicted class, row-major; empty for a language model.</summary>
    [Id(1)] public IReadOnlyList<long> Confusion { get; init; } = [];
    /// <summary>Names of the classes; empty for a language model.</summary>
    [Id(2)] public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>True for a language model.</summary>
    [Id(3)] public bool CountsTokens { get; init; }
    /// <summary>Batches of all workers.</summary>
    [Id(4)] public required int BatchesInAll { get; init; }
    /// <summary>Seconds of computing.</summary>
    [Id(5)] public double Seconds { get; init; }
    /// <summary>Hash of the model's files.</summary>
    [Id(6)] public required string ModelHash { get; init; }
    /// <summary>SHA-256 of the adapter's weights file; empty: none.</summary>
    [Id(7)] public string AdapterSha256 { get; init; } = "";
    /// <summary>Hash of the data set's files.</summary>
    [Id(8)] public required string DatasetHash { get; init; }
    /// <summary>Chunks of predictions that it kept.</summary>
    [Id(9)] public int PredictionChunks { get; init; }
}

/// <summary>Sums over a batch, as <see cref="BatchScore"/>.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.BatchSum")]
public readonly record struct BatchSum(
    [property: Id(0)] int Batch, [property: Id(1)] double LossSum, [property: Id(2)] long Targets, [property: Id(3)] long Correct,
    [property: Id(4)] long Bytes)
{
    /// <summary>The sums of a batch.</summary>
    public static BatchSum Of(BatchScore score) => new(score.Batch, score.LossSum, score.Targets, score.Correct, score.Bytes);
}
