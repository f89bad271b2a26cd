using LoraCluster.Grains.Runs;
using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>What a user wants evaluated or measured.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.JobSpec"), MessagePackObject]
[Union(0, typeof(EvaluationSpec)), Union(1, typeof(BenchmarkSpec))]
public abstract record JobSpec
{
    /// <summary>A free label for people, at most 100 characters; may be empty.</summary>
    [Id(0), Key(0)] public string Name { get; init; } = "";

    /// <summary>Names of the silos that take part; empty: any.</summary>
    [Id(1), Key(1)] public IReadOnlyList<string> Silos { get; init; } = [];

    /// <summary>Threads of each silo's tensor operations.</summary>
    [Id(2), Key(2)] public int Threads { get; init; } = 1;

    /// <summary>What kind of job it is.</summary>
    [IgnoreMember] public abstract RunKind Kind { get; }
}
