using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Nodes;

namespace LoraCluster.Client.Commands;

internal sealed class ClusterCommandSettings : ClusterSettings;

/// <summary>The silos of a cluster; succeeds with at least one active silo, so scripts can wait for it.</summary>
internal sealed class ClusterCommand(ClientContext context) : ConnectedCommand<ClusterCommandSettings>(context)
{
    protected override async Task<int> RunAsync(
        ClusterCommandSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        IReadOnlyList<NodeStatus> nodes = await connection.GetNodesAsync(interrupted);
        if (nodes.Count == 0) throw new ClientException(ExitCodes.NoCluster, $"{connection.Description} has no active silo");
        if (settings.Json)
        {
            foreach (NodeStatus node in nodes) RunJson.Node(node).WriteTo(Context.RawOutput);
            return ExitCodes.Success;
        }
        Messages.Write(Context.Console, $"{connection.Description}: {nodes.Count} active silo{(nodes.Count == 1 ? "" : "s")}");
        Context.Console.Write(RunTables.Nodes(nodes));
        return ExitCodes.Success;
    }
}
