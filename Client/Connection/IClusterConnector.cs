namespace LoraCluster.Client.Connection;

/// <summary>Which cluster is meant.</summary>
/// <param name="Store">A StackExchange.Redis string; null: from the environment, else the local cluster.</param>
/// <param name="ClusterId">Its id; null: as the store says.</param>
internal sealed record ClusterTarget(string? Store, string? ClusterId);

/// <summary>Finds a cluster and connects to it.</summary>
internal interface IClusterConnector
{
    /// <summary>True if the cluster may be on other machines, whose folders cannot be looked into from here.</summary>
    bool MayBeElsewhere(ClusterTarget target);

    /// <exception cref="ClientException">There is none, or none answers.</exception>
    Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken);
}
