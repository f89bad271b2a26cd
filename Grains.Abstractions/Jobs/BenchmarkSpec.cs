using LoraCluster.Grains.Runs;
using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>A benchmark: which one, and its settings by name. The benchmark itself checks them; an unknown one is refused.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.BenchmarkSpec"), MessagePackObject]
public sealed record BenchmarkSpec : JobSpec
{
    [Id(3)] private readonly Dictionary<string, string> _settings = [];

    /// <inheritdoc/>
    [IgnoreMember] public override RunKind Kind => RunKind.Benchmark;

    /// <summary>training, inference, allreduce, scaling, tokenizer, load or peer.</summary>
    [Id(0), Key(3)] public required string Benchmark { get; init; }

    /// <summary>Folder of the model as the silos see it, or its name at the hub with a commit; null where the benchmark needs
    /// none.</summary>
    [Id(1), Key(4)] public string? ModelPath { get; init; }

    /// <summary>The data set as the silos see it; null where the benchmark needs none.</summary>
    [Id(2), Key(5)] public string? DatasetPath { get; init; }

    /// <summary>The rest, by the option's name without dashes, as <c>batch-sizes</c> to <c>1,8,32</c>.</summary>
    [Key(6)]
    public IReadOnlyDictionary<string, string> Settings
    {
        get => _settings;
        // A plain copy: what was read from the store compares its keys by something that does not travel.
        init => _settings = new Dictionary<string, string>(value);
    }
}
