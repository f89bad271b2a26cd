namespace LoraCluster.Grains;

/// <summary>A request that the cluster refuses, with a message for people that names the value and what is allowed (all faults at
/// once).</summary>
/// <param name="message">What is refused and why.</param>
[GenerateSerializer, Alias("loracluster.ClusterRequestException")]
public sealed class ClusterRequestException(string message) : Exception(message);
