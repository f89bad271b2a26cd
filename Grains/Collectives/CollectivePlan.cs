namespace LoraCluster.Grains.Collectives;

/// <summary>What coordinator and trainers of a run agree on before the first step.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.CollectivePlan")]
public sealed record CollectivePlan
{
    /// <summary>Run id.</summary>
    [Id(0)] public required string RunId { get; init; }
    /// <summary>Version of the membership; messages of another one are refused.</summary>
    [Id(1)] public required int Membership { get; init; }
    /// <summary>Names of the silos by worker rank, for messages; as many as there are trainers.</summary>
    [Id(2)] public required IReadOnlyList<string> Places { get; init; }
    /// <summary>Hash of the parameter layout.</summary>
    [Id(3)] public required ulong LayoutHash { get; init; }
    /// <summary>Trainable values.</summary>
    [Id(4)] public required int Values { get; init; }
    /// <summary>Names of the trainable tensors, for messages.</summary>
    [Id(5)] public required IReadOnlyList<string> TensorNames { get; init; }
    /// <summary>First step that is taken.</summary>
    [Id(6)] public required int FirstStep { get; init; }
    /// <summary>Steps of the whole run.</summary>
    [Id(7)] public required int Steps { get; init; }
    /// <summary>Values of a chunk, all but the last.</summary>
    [Id(8)] public int ChunkValues { get; init; } = DefaultChunkValues;
    /// <summary>How long a step may wait for its slowest trainer.</summary>
    [Id(9)] public TimeSpan StepPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Steps between two evaluations, at which the trainers compute no gradient; 0: there are none.</summary>
    [Id(10)] public int EvalSteps { get; init; }

    /// <summary>
    /// 64 KiB: small enough not to hold up other messages between two silos, and to stay off the large object heap, where an array of
    /// 256 KiB costs some hundred microseconds to get (fresh pages, full collections) and 10 to fill.
    /// </summary>
    public const int DefaultChunkValues = 16_384;

    /// <summary>Trainers.</summary>
    public int World => Places.Count;

    /// <summary>Chunks of the flat vector, 1 or more.</summary>
    public int Chunks => Math.Max(1, (Values + ChunkValues - 1) / ChunkValues);

    /// <summary>Values of a chunk.</summary>
    public int LengthOf(int chunk) => Math.Min(ChunkValues, Values - chunk * ChunkValues);

    /// <summary>A worker as people know it.</summary>
    public string NameOf(int worker) => $"trainer {worker} on {Places[worker]}";
}
