namespace LoraCluster.Client.Connection;

internal sealed class OrleansConnector : IClusterConnector
{
    public Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken) =>
        throw new ClientException(ExitCodes.NoCluster, "no cluster");
}
