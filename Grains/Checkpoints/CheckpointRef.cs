using MessagePack;

namespace LoraCluster.Grains.Checkpoints;

/// <summary>A whole checkpoint: which slot holds it, and what its bytes hash to.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.CheckpointRef"), MessagePackObject]
public sealed record CheckpointRef(
    [property: Id(0), Key(0)] int Slot, [property: Id(1), Key(1)] int Step, [property: Id(2), Key(2)] long Length,
    [property: Id(3), Key(3)] int Chunks, [property: Id(4), Key(4)] string Sha256);

/// <summary>A checkpoint that cannot be used; the message names run, step and cause.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
