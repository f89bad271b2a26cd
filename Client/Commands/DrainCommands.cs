using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Nodes;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class DrainSettings : ClusterSettings
{
    [CommandArgument(0, "<SILO>")]
    [Description("Name of the silo, as 'client cluster' lists them.")]
    public string Silo { get; init; } = "";
}

/// <summary>Tells a silo whether its trainers are to leave, and says what that means at the moment.</summary>
internal abstract class SetDrainingCommand(ClientContext context, bool value) : ConnectedCommand<DrainSettings>(context)
{
    protected sealed override async Task<int> RunAsync(DrainSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        await connection.SetDrainingAsync(settings.Silo, value, interrupted);
        IReadOnlyList<NodeStatus> nodes = await connection.GetNodesAsync(interrupted);
        foreach (NodeStatus node in nodes.Where(n => string.Equals(n.Name, settings.Silo, StringComparison.Ordinal)))
        {
            if (settings.Json) RunJson.Node(node).WriteTo(Context.RawOutput);
            else Messages.Write(Context.Console, Sentence(node));
        }
        return ExitCodes.Success;
    }

    private static string Sentence(NodeStatus node) => node switch
    {
        { IsDraining: false } => $"{node.Name} takes trainers",
        { Runs.Count: 0 } => $"{node.Name} is drained: it can be stopped, or go on with: client undrain {node.Name}",
        _ => $"{node.Name} drains: {string.Join(", ", node.Runs)} leave after the step at hand; 'client cluster' shows when it is drained",
    };
}

internal sealed class DrainCommand(ClientContext context) : SetDrainingCommand(context, true);

internal sealed class UndrainCommand(ClientContext context) : SetDrainingCommand(context, false);
