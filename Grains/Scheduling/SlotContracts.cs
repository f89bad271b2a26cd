using MessagePack;

namespace LoraCluster.Grains.Scheduling;

/// <summary>What a run needs to start.</summary>
/// <param name="RunId">Run id.</param>
/// <param name="Trainers">Slots.</param>
/// <param name="ThreadsPerTrainer">Threads of each; a process has one such number, so a silo takes only trainers with the same one at a
/// time.</param>
/// <param name="RequireEqualBits">True: only silos whose kernels passed the self-test.</param>
[GenerateSerializer, Immutable, Alias("loracluster.SlotRequest"), MessagePackObject]
public sealed record SlotRequest(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] int Trainers, [property: Id(2), Key(2)] int ThreadsPerTrainer,
    [property: Id(3), Key(3)] bool RequireEqualBits);

/// <summary>Slots that a run holds.</summary>
/// <param name="RunId">Run id.</param>
/// <param name="ThreadsPerTrainer">Threads of each of its trainers.</param>
/// <param name="Silos">Silo addresses, in parsable form, by worker rank.</param>
/// <param name="Names">Names of the silos, by worker rank.</param>
[GenerateSerializer, Immutable, Alias("loracluster.SlotLease"), MessagePackObject]
public sealed record SlotLease(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] int ThreadsPerTrainer,
    [property: Id(2), Key(2)] IReadOnlyList<string> Silos,
    [property: Id(3), Key(3)] IReadOnlyList<string> Names);

/// <summary>Gives trainer slots to runs, first come first served; a singleton with key 0.</summary>
[Alias("loracluster.ISchedulerGrain")]
public interface ISchedulerGrain : IGrainWithIntegerKey
{
    /// <summary>Queues a run; once there are slots, the run's grain gets them. Queuing a queued run again changes nothing.</summary>
    /// <exception cref="ClusterRequestException">The queue is full.</exception>
    [Alias("Enqueue")] Task EnqueueAsync(SlotRequest request);

    /// <summary>Gives a run's slots back, or takes it off the queue. For a run that has neither, nothing happens.</summary>
    [Alias("Release")] Task ReleaseAsync(string runId);

    /// <summary>The slots in use.</summary>
    [Alias("GetLeases")] Task<IReadOnlyList<SlotLease>> GetLeasesAsync();

    /// <summary>Called by a silo that has started.</summary>
    [Alias("NodeStarted")] Task NodeStartedAsync();
}
