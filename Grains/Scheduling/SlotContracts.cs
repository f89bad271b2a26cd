using LoraCluster.Grains.Nodes;
using MessagePack;

namespace LoraCluster.Grains.Scheduling;

/// <summary>What a run or job needs to start.</summary>
/// <param name="RunId">Run or job id.</param>
/// <param name="Trainers">Slots; of an exclusive request, silos.</param>
/// <param name="ThreadsPerTrainer">Threads of each; a process has one such number, so a silo takes only trainers with the same one at a
/// time.</param>
/// <param name="RequireEqualBits">True: only silos whose kernels passed the self-test.</param>
/// <param name="Silos">Names of the silos that may be taken; null or empty: any.</param>
/// <param name="Exclusive">True: as many whole silos, once nobody else is there; nobody is placed there as long as they are held.</param>
[GenerateSerializer, Immutable, Alias("loracluster.SlotRequest"), MessagePackObject]
public sealed record SlotRequest(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] int Trainers, [property: Id(2), Key(2)] int ThreadsPerTrainer,
    [property: Id(3), Key(3)] bool RequireEqualBits, [property: Id(4), Key(4)] IReadOnlyList<string>? Silos = null,
    [property: Id(5), Key(5)] bool Exclusive = false);

/// <summary>Slots that a run or job holds.</summary>
/// <param name="RunId">Run or job id.</param>
/// <param name="ThreadsPerTrainer">Threads of each of its trainers.</param>
/// <param name="Silos">Silo addresses, in parsable form, by worker rank.</param>
/// <param name="Names">Names of the silos, by worker rank.</param>
/// <param name="Exclusive">True: all slots of these silos.</param>
[GenerateSerializer, Immutable, Alias("loracluster.SlotLease"), MessagePackObject]
public sealed record SlotLease(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] int ThreadsPerTrainer,
    [property: Id(2), Key(2)] IReadOnlyList<string> Silos,
    [property: Id(3), Key(3)] IReadOnlyList<string> Names, [property: Id(4), Key(4)] bool Exclusive = false)
{
    /// <summary>Slots of a silo that are taken by this.</summary>
    public int SlotsOn(NodeStatus node)
    {
        int workers = Silos.Count(s => string.Equals(s, node.Address, StringComparison.Ordinal));
        return Exclusive && workers > 0 ? Math.Max(workers, node.Slots) : workers;
    }
}

/// <summary>Gives trainer slots to runs and jobs, first come first served; a singleton with key 0.</summary>
[Alias("loracluster.ISchedulerGrain")]
public interface ISchedulerGrain : IGrainWithIntegerKey
{
    /// <summary>Queues a run or job; once there are slots, its grain gets them. Queuing it again changes nothing.</summary>
    /// <exception cref="ClusterRequestException">The queue is full.</exception>
    [Alias("Enqueue")] Task EnqueueAsync(SlotRequest request);

    /// <summary>Gives slots back, or takes their holder off the queue. For one that has neither, nothing happens.</summary>
    [Alias("Release")] Task ReleaseAsync(string runId);

    /// <summary>The slots in use.</summary>
    [Alias("GetLeases")] Task<IReadOnlyList<SlotLease>> GetLeasesAsync();

    /// <summary>Called by a silo that has started.</summary>
    [Alias("NodeStarted")] Task NodeStartedAsync();
}
