namespace LoraCluster.Grains.Work;

/// <summary>Texts for a classifier.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.PredictSpec")]
public sealed record PredictSpec
{
    /// <summary>The classifier.</summary>
    [Id(0)] public required ModelSource Model { get; init; }

    /// <summary>The texts, 1 or more.</summary>
    [Id(1)] public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Longest text in tokens; longer ones are cut.</summary>
    [Id(2)] public int MaxLength { get; init; } = 128;

    /// <summary>Texts of a batch, 1 or more.</summary>
    [Id(3)] public int BatchSize { get; init; } = 32;
}

/// <summary>A part of what a classifier says.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.PredictPart")]
public abstract record PredictPart;

/// <summary>The first part: what the classes are called.</summary>
/// <param name="Labels">Names of the classes, by index.</param>
/// <param name="Notices">Remarks for people.</param>
[GenerateSerializer, Immutable, Alias("loracluster.PredictStart")]
public sealed record PredictStart(
    [property: Id(0)] IReadOnlyList<string> Labels, [property: Id(1)] IReadOnlyList<string> Notices) : PredictPart;

/// <summary>What it says of a text. Texts come in their order.</summary>
/// <param name="Index">Number of the text, from 0 on.</param>
/// <param name="Predicted">Index of the likeliest class.</param>
/// <param name="Probabilities">By class; they add up to 1.</param>
[GenerateSerializer, Immutable, Alias("loracluster.PredictedText")]
public sealed record PredictedText(
    [property: Id(0)] int Index, [property: Id(1)] int Predicted, [property: Id(2)] IReadOnlyList<float> Probabilities) : PredictPart;
