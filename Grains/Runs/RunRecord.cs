using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Storage;
using LoraCluster.Grains.Submissions;
using MessagePack;

namespace LoraCluster.Grains.Runs;

/// <summary>The persisted part of a run.</summary>
[MessagePackObject, StateSchema("run", 1)]
public sealed class RunRecord : ISubmissionRecord
{
    /// <inheritdoc/>
    [IgnoreMember] public bool IsSubmitted => Submitted is not null;

    /// <summary>What was submitted; null before.</summary>
    [Key(0)] public RunSpec? Submitted { get; set; }
    /// <summary>The same with the hashes filled in.</summary>
    [Key(1)] public RunSpec? Spec { get; set; }
    /// <summary>Where the run stands.</summary>
    [Key(2)] public RunState State { get; set; }
    /// <summary>Why it stands there.</summary>
    [Key(3)] public string Reason { get; set; } = "";
    /// <summary>Submitted at.</summary>
    [Key(4)] public DateTimeOffset SubmittedAt { get; set; }
    /// <summary>First step of the latest start at.</summary>
    [Key(5)] public DateTimeOffset? StartedAt { get; set; }
    /// <summary>At rest since.</summary>
    [Key(6)] public DateTimeOffset? EndedAt { get; set; }
    /// <summary>Figures.</summary>
    [Key(7)] public RunProgress Progress { get; set; } = new();
    /// <summary>Slots held, or held last.</summary>
    [Key(8)] public SlotLease? Lease { get; set; }
    /// <summary>Result of a completed run.</summary>
    [Key(9)] public RunResult? Result { get; set; }
    /// <summary>The last whole checkpoint.</summary>
    [Key(10)] public CheckpointRef? Checkpoint { get; set; }
    /// <summary>The one before it, in the other slot; may be partly overwritten.</summary>
    [Key(11)] public CheckpointRef? EarlierCheckpoint { get; set; }
    /// <summary>Remarks for people.</summary>
    [Key(12)] public List<string> Notices { get; set; } = [];
    /// <summary>Version of the membership: grows with every start.</summary>
    [Key(13)] public int Membership { get; set; }
    /// <summary>Version of the status.</summary>
    [Key(14)] public long Version { get; set; }
    /// <summary>Trace context of the submitter.</summary>
    [Key(15)] public string? TraceParent { get; set; }
    /// <summary>Seconds of training before the latest start.</summary>
    [Key(16)] public double EarlierSeconds { get; set; }
    /// <summary>Evaluations while training, oldest first; null in records of older programs.</summary>
    [Key(17)] public List<EvaluationMetrics>? Evaluations { get; set; }
    /// <summary>The silo that drains, for which the run pauses; null: none.</summary>
    [Key(19)] public string? DrainedSilo { get; set; }
    /// <summary>What happened, oldest first.</summary>
    [Key(18)] public List<RunEvent> Events { get; set; } = [];

    /// <summary>Adds an event; of many the latest are kept.</summary>
    public void AddEvent(DateTimeOffset time, string text)
    {
        Events.Add(new RunEvent(time, text));
        if (Events.Count > RunEvent.Most) Events.RemoveRange(0, Events.Count - RunEvent.Most);
    }
}
