using System.Globalization;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Jobs;

/// <summary>One worker of a job; the key is <c>JOB/WORKER@SILO</c>.</summary>
[Alias("loracluster.IJobWorkerGrain")]
public interface IJobWorkerGrain : IGrainWithStringKey
{
    /// <summary>Loads what the work needs. Asking again waits for the same.</summary>
    /// <exception cref="ClusterRequestException">It cannot be had here; the message says why.</exception>
    [Alias("Prepare"), ResponseTimeout("01:00:00")] Task<PreparedJob> PrepareAsync(JobTask task);

    /// <summary>Lets the work begin. Asking again changes nothing.</summary>
    [Alias("Start")] Task StartAsync();

    /// <summary>Ends the work after the part at hand.</summary>
    [Alias("Stop")] Task StopAsync(string reason);

    /// <summary>A sign of life.</summary>
    [Alias("Ping")] Task<JobPulse> PingAsync();

    /// <summary>Key of a worker.</summary>
    static string KeyOf(string jobId, int worker, SiloAddress silo) =>
        PinnedKey.Create(string.Create(CultureInfo.InvariantCulture, $"{jobId}/{worker}"), silo);
}

/// <summary>What a worker is to do.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.JobTask")]
public sealed record JobTask
{
    /// <summary>Job id.</summary>
    [Id(0)] public required string JobId { get; init; }
    /// <summary>What was asked for.</summary>
    [Id(1)] public required JobSpec Spec { get; init; }
    /// <summary>Number of this worker, from 0 on.</summary>
    [Id(2)] public required int Worker { get; init; }
    /// <summary>The slots of all workers.</summary>
    [Id(3)] public required SlotLease Lease { get; init; }

    /// <summary>The job's span, under which the worker's is.</summary>
    [Id(4)] public string? TraceParent { get; init; }

    /// <summary>Workers.</summary>
    public int Workers => Lease.Silos.Count;
}

/// <summary>A worker that is ready.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.PreparedJob")]
public sealed record PreparedJob
{
    /// <summary>What all workers must agree on, by name, as <c>model</c>.</summary>
    [Id(0)] public IReadOnlyList<JobFact> Identity { get; init; } = [];
    /// <summary>Parts that this worker will do.</summary>
    [Id(1)] public required int Total { get; init; }
    /// <summary>Remarks for people.</summary>
    [Id(2)] public IReadOnlyList<string> Notices { get; init; } = [];
}

/// <summary>How a worker stands.</summary>
/// <param name="IsKnown">False if the worker knows nothing of the job.</param>
/// <param name="Outcome">How it ended; null before.</param>
[GenerateSerializer, Immutable, Alias("loracluster.JobPulse")]
public sealed record JobPulse([property: Id(0)] bool IsKnown, [property: Id(1)] JobOutcome? Outcome);

/// <summary>What a worker computed; each kind of work has its own.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.JobPart")]
public abstract record JobPart;
