using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

/// <summary>A job as reported.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.JobStatus")]
public sealed record JobStatus
{
    /// <summary>The job's id.</summary>
    [Id(0)] public required string JobId { get; init; }
    /// <summary>What was asked for.</summary>
    [Id(1)] public required JobSpec Spec { get; init; }
    /// <summary>Where the job stands; it is never paused.</summary>
    [Id(2)] public required RunState State { get; init; }
    /// <summary>Why it stands there, for people. May be empty.</summary>
    [Id(3)] public string Reason { get; init; } = "";
    /// <summary>Submitted at.</summary>
    [Id(4)] public DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Got its slots at; null before.</summary>
    [Id(5)] public DateTimeOffset? StartedAt { get; init; }
    /// <summary>At rest since; null before.</summary>
    [Id(6)] public DateTimeOffset? EndedAt { get; init; }
    /// <summary>Parts done, such as batches or repetitions.</summary>
    [Id(7)] public int Done { get; init; }
    /// <summary>Parts in all; 0 before it is known.</summary>
    [Id(8)] public int Total { get; init; }
    /// <summary>What is at work now, for people, as <c>unmerged, batch 8, 32 tokens</c>. May be empty.</summary>
    [Id(9)] public string Phase { get; init; } = "";
    /// <summary>Names of the silos at work; empty while none is assigned.</summary>
    [Id(10)] public IReadOnlyList<string> Silos { get; init; } = [];
    /// <summary>The result of a completed job; else null.</summary>
    [Id(11)] public JobResult? Result { get; init; }
    /// <summary>Remarks of the loader.</summary>
    [Id(12)] public IReadOnlyList<string> Notices { get; init; } = [];
    /// <summary>Grows with every change; a watcher passes the last one it saw.</summary>
    [Id(13)] public long Version { get; init; }
}
