using MessagePack;

namespace LoraCluster.Grains.Work;

/// <summary>What is merged into what.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.MergeSpec")]
public sealed record MergeSpec
{
    /// <summary>Folder of the base model, on the silo.</summary>
    [Id(0)] public required string ModelPath { get; init; }

    /// <summary>One or more adapters, in order.</summary>
    [Id(1)] public required IReadOnlyList<AdapterSource> Adapters { get; init; }

    /// <summary>linear, cat or svd: the adapters are first combined to one; null: they are merged one after the other.</summary>
    [Id(2)] public string? Combination { get; init; }

    /// <summary>Weights of the adapters in a combination.</summary>
    [Id(3)] public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>Rank of a combination by svd; null: the largest of the adapters'.</summary>
    [Id(4)] public int? Rank { get; init; }

    /// <summary>True: the combination itself is handed back, as an adapter folder; nothing is merged.</summary>
    [Id(5)] public bool AdapterOnly { get; init; }
}

/// <summary>Where an adapter is: in a folder of the silo, or in the cluster as a run's artifact.</summary>
/// <param name="Name">What messages call it: the folder, or the run.</param>
/// <param name="Folder">The folder; null: the artifact.</param>
/// <param name="ArtifactId">The artifact; null: the folder.</param>
[GenerateSerializer, Immutable, Alias("loracluster.AdapterSource"), MessagePackObject]
public sealed record AdapterSource(
    [property: Id(0), Key(0)] string Name, [property: Id(1), Key(1)] string? Folder, [property: Id(2), Key(2)] string? ArtifactId);
