using System.Diagnostics;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Work;
using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;
using Orleans.Configuration;
using Orleans.Placement;

namespace LoraCluster.Grains.Nodes;

/// <summary>One silo as a place for trainers; the key is <c>node@SILO</c>.</summary>
[Alias("loracluster.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>What the silo is; slots in use are not filled in.</summary>
    [Alias("Describe"), ResponseTimeout("00:00:05")] Task<NodeStatus> DescribeAsync();

    /// <summary>Whether the silo's trainers are to leave.</summary>
    [Alias("SetDraining"), ResponseTimeout("00:00:05")] Task SetDrainingAsync(bool value);

    /// <summary>Key of a silo's node grain.</summary>
    static string KeyOf(SiloAddress silo) => PinnedKey.Create("node", silo);
}

/// <summary>Describes the silo that it lives on.</summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable]
internal sealed class NodeGrain(
    IOptions<NodeOptions> options, IOptions<SiloOptions> silo, ILocalSiloDetails details, NodeDrain drain, WorkThreads work)
    : Grain, INodeGrain
{
    /// <inheritdoc/>
    public Task<NodeStatus> DescribeAsync()
    {
        NodeOptions node = options.Value;
        return Task.FromResult(new NodeStatus
        {
            Name = silo.Value.SiloName,
            Address = details.SiloAddress.ToParsableString(),
            Device = node.Device,
            Threads = node.Threads,
            Slots = node.Slots,
            SlotsUsed = 0,
            KernelRoute = node.KernelRoute,
            EqualBits = node.EqualBits,
            Hardware = node.Hardware,
            Version = node.Version,
            MemoryBytes = Environment.WorkingSet,
            Host = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            IsDraining = drain.IsDraining,
            PiecesOfWork = work.Count,
        });
    }

    /// <inheritdoc/>
    public Task SetDrainingAsync(bool value)
    {
        drain.IsDraining = value;
        return Task.CompletedTask;
    }
}
