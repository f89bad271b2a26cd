namespace LoraCluster.AppHost.RunRows;

/// <summary>A run as a row of the dashboard. It is published when it is first seen, so it is no part of the model.</summary>
internal sealed class RunResource(string runId) : Resource(runId);
