using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>How a model did on a held-out split. Counts are of rows, of a language model of tokens with a target.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.EvaluationResult"), MessagePackObject]
public sealed record EvaluationResult : JobResult
{
    /// <summary>Rows (tokens) that were guessed right.</summary>
    [Id(0), Key(2)] public required long Correct { get; init; }
    /// <summary>Rows (tokens).</summary>
    [Id(1), Key(3)] public required long Rows { get; init; }
    /// <summary>Mean loss per row (token), in nats; NaN without rows.</summary>
    [Id(2), Key(4)] public required double Loss { get; init; }
    /// <summary>True for a language model, which counts tokens.</summary>
    [Id(3), Key(5)] public bool CountsTokens { get; init; }
    /// <summary>Correct / Rows with its interval; null without rows.</summary>
    [Id(4), Key(6)] public Estimate? Accuracy { get; init; }
    /// <summary>F1: of the second of two classes, or the mean over more classes; null for a language model.</summary>
    [Id(5), Key(7)] public Estimate? F1 { get; init; }
    /// <summary>Matthews correlation in [-1, 1]; null for a language model.</summary>
    [Id(6), Key(8)] public Estimate? MatthewsCorrelation { get; init; }
    /// <summary>exp(Loss) of a language model; else null.</summary>
    [Id(7), Key(9)] public double? Perplexity { get; init; }
    /// <summary>Loss in bits over the UTF-8 bytes of the text that was scored, of a language model; else null.</summary>
    [Id(8), Key(10)] public double? BitsPerByte { get; init; }
    /// <summary>Names of the classes, by index; empty for a language model.</summary>
    [Id(9), Key(11)] public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>Rows by true class and predicted class, row-major [classes, classes]; empty for a language model.</summary>
    [Id(10), Key(12)] public IReadOnlyList<long> Confusion { get; init; } = [];
    /// <summary>Seconds of computing, from the first batch to the last.</summary>
    [Id(11), Key(13)] public double Seconds { get; init; }
    /// <summary>SHA-256 of the model's files.</summary>
    [Id(12), Key(14)] public string ModelHash { get; init; } = "";
    /// <summary>SHA-256 of the adapter's weights file; empty: none.</summary>
    [Id(13), Key(15)] public string AdapterSha256 { get; init; } = "";
    /// <summary>SHA-256 of the data set's files.</summary>
    [Id(14), Key(16)] public string DatasetHash { get; init; } = "";
    /// <summary>Chunks of the kept predictions, by worker; empty: none were kept.</summary>
    [Id(15), Key(17)] public IReadOnlyList<int> PredictionChunks { get; init; } = [];
}

/// <summary>A value with its 95 % confidence interval.</summary>
/// <param name="Value">The value.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
[GenerateSerializer, Immutable, Alias("loracluster.Estimate"), MessagePackObject]
public sealed record Estimate(
    [property: Id(0), Key(0)] double Value, [property: Id(1), Key(1)] double Low, [property: Id(2), Key(2)] double High);
