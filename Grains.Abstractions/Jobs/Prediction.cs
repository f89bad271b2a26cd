using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>What a classifier said of a row of an evaluation.</summary>
/// <param name="Row">Number of the row in the split, from 0 on.</param>
/// <param name="Text">Its text, at most the first 2,000 characters.</param>
/// <param name="Label">Its class.</param>
/// <param name="Predicted">The likeliest class.</param>
/// <param name="Probabilities">By class; they add up to 1.</param>
/// <param name="Loss">-log of the probability of its class, in nats.</param>
[GenerateSerializer, Immutable, Alias("loracluster.Prediction"), MessagePackObject]
public sealed record Prediction(
    [property: Id(0), Key(0)] int Row, [property: Id(1), Key(1)] string Text, [property: Id(2), Key(2)] int Label,
    [property: Id(3), Key(3)] int Predicted, [property: Id(4), Key(4)] IReadOnlyList<float> Probabilities,
    [property: Id(5), Key(5)] double Loss);

/// <summary>Some of an evaluation's predictions. All chunks together hold each row once, not in the order of the rows.</summary>
/// <param name="Chunks">Chunks in all.</param>
/// <param name="Rows">The rows of this one.</param>
[GenerateSerializer, Immutable, Alias("loracluster.PredictionChunk")]
public sealed record PredictionChunk([property: Id(0)] int Chunks, [property: Id(1)] IReadOnlyList<Prediction> Rows);
