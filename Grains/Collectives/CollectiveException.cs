namespace LoraCluster.Grains.Collectives;

/// <summary>A collective operation that cannot be completed; the message names phase, what was expected and what came.</summary>
[GenerateSerializer, Alias("loracluster.CollectiveException")]
public sealed class CollectiveException(string message) : Exception(message);
