using LoraCluster.Client.Connection;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>The console on real grains.</summary>
internal static class ConsoleOn
{
    public static ClientRun Cluster(FakeCluster cluster, string input = "") =>
        new(new Unit.Client.FakeCluster()) { Connector = new Connector(cluster), Input = new StringReader(input) };

    private sealed class Connector(FakeCluster cluster) : IClusterConnector
    {
        public bool MayBeElsewhere(ClusterTarget target) => target.Store is not null;

        public Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken) =>
            Task.FromResult<IClusterConnection>(new GrainConnection(
                cluster.Grains, "the test's cluster", TimeProvider.System, TimeSpan.FromSeconds(30), () => ValueTask.CompletedTask));
    }
}
