using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Storage;
using LoraCluster.Grains.Submissions;
using MessagePack;

namespace LoraCluster.Grains.Jobs;

/// <summary>The persisted part of a job.</summary>
[MessagePackObject, StateSchema("job", 1)]
public sealed class JobRecord : ISubmissionRecord
{
    /// <inheritdoc/>
    [IgnoreMember] public bool IsSubmitted => Spec is not null;

    /// <summary>What was submitted; null before.</summary>
    [Key(0)] public JobSpec? Spec { get; set; }
    /// <summary>Where the job stands.</summary>
    [Key(1)] public RunState State { get; set; }
    /// <summary>Why it stands there.</summary>
    [Key(2)] public string Reason { get; set; } = "";
    /// <summary>Submitted at.</summary>
    [Key(3)] public DateTimeOffset SubmittedAt { get; set; }
    /// <summary>Got its slots at.</summary>
    [Key(4)] public DateTimeOffset? StartedAt { get; set; }
    /// <summary>At rest since.</summary>
    [Key(5)] public DateTimeOffset? EndedAt { get; set; }
    /// <summary>Slots held, or held last.</summary>
    [Key(6)] public SlotLease? Lease { get; set; }
    /// <summary>Parts in all; 0 before it is known.</summary>
    [Key(7)] public int Total { get; set; }
    /// <summary>Parts that were done at the end.</summary>
    [Key(8)] public int Done { get; set; }
    /// <summary>Result of a completed job.</summary>
    [Key(9)] public JobResult? Result { get; set; }
    /// <summary>Remarks for people.</summary>
    [Key(10)] public List<string> Notices { get; set; } = [];
    /// <summary>Version of the status.</summary>
    [Key(11)] public long Version { get; set; }
    /// <summary>Trace context of the submitter.</summary>
    [Key(12)] public string? TraceParent { get; set; }
}
