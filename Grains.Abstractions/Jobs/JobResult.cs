using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>What a completed job found.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.JobResult"), MessagePackObject]
[Union(0, typeof(EvaluationResult)), Union(1, typeof(BenchmarkResult))]
public abstract record JobResult
{
    /// <summary>The one figure that stands for the whole, for lists, as <c>accuracy 87.7 %</c>.</summary>
    [Id(0), Key(0)] public string KeyFigure { get; init; } = "";

    /// <summary>The machine and the program: processor, cores, device, version and what else decides a figure, by name.</summary>
    [Id(1), Key(1)] public IReadOnlyList<JobFact> Environment { get; init; } = [];
}

/// <summary>A named value for people.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The value with its unit.</param>
[GenerateSerializer, Immutable, Alias("loracluster.JobFact"), MessagePackObject]
public sealed record JobFact([property: Id(0), Key(0)] string Name, [property: Id(1), Key(1)] string Value);
