namespace LoraCluster.Grains.Nodes;

/// <summary>The cluster as a whole; a singleton with key 0.</summary>
[Alias("loracluster.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>The active silos, ordered by name.</summary>
    [Alias("GetNodes")] Task<IReadOnlyList<NodeStatus>> GetNodesAsync();

    /// <summary>Empties a silo: it takes no new trainers, and its runs pause after their step and go on elsewhere by themselves, to the
    /// same bits. Evaluations and benchmarks there go on to their end. Once no slot is in use, it can be stopped without harm.</summary>
    /// <exception cref="ClusterRequestException">No active silo has this name; those that there are, are named.</exception>
    [Alias("Drain")] Task DrainAsync(string silo);

    /// <summary>Lets a silo take trainers again.</summary>
    /// <exception cref="ClusterRequestException">No active silo has this name; those that there are, are named.</exception>
    [Alias("Undrain")] Task UndrainAsync(string silo);
}

/// <summary>A silo as a place for trainers.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.NodeStatus")]
public sealed record NodeStatus
{
    /// <summary>Name, as <c>silo-1</c>.</summary>
    [Id(0)] public required string Name { get; init; }
    /// <summary>Orleans' silo address in parsable form.</summary>
    [Id(1)] public required string Address { get; init; }
    /// <summary><c>cpu</c> or <c>cuda:N</c>.</summary>
    [Id(2)] public required string Device { get; init; }
    /// <summary>Threads that its trainers share.</summary>
    [Id(3)] public required int Threads { get; init; }
    /// <summary>Trainers it takes at most.</summary>
    [Id(4)] public required int Slots { get; init; }
    /// <summary>Slots in use.</summary>
    [Id(5)] public required int SlotsUsed { get; init; }
    /// <summary>Runs that have a trainer there.</summary>
    [Id(6)] public IReadOnlyList<string> Runs { get; init; } = [];
    /// <summary>The kernels in use, a part of a run's identity: trainers of one run share it.</summary>
    [Id(7)] public string KernelRoute { get; init; } = "";
    /// <summary>Processor or accelerator, for people.</summary>
    [Id(8)] public string Hardware { get; init; } = "";
    /// <summary>Version of the silo's program.</summary>
    [Id(9)] public string Version { get; init; } = "";
    /// <summary>Resident bytes of the process.</summary>
    [Id(10)] public long MemoryBytes { get; init; }
    /// <summary>Host name.</summary>
    [Id(11)] public string Host { get; init; } = "";
    /// <summary>Process id.</summary>
    [Id(12)] public int ProcessId { get; init; }
    /// <summary>True if the kernel self-test of equal bits passed there.</summary>
    [Id(13)] public bool EqualBits { get; init; }
    /// <summary>True if it takes no new trainers and its runs leave it; with no slot in use it is drained.</summary>
    [Id(14)] public bool IsDraining { get; init; }
    /// <summary>The benchmark that has the silo for itself; empty: none.</summary>
    [Id(15)] public string HeldBy { get; init; } = "";
    /// <summary>Merges, checks, predictions and texts that are computed or wait there; they take no slot.</summary>
    [Id(16)] public int PiecesOfWork { get; init; }
}
