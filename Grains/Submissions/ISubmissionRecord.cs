using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Submissions;

/// <summary>What the records of runs and jobs have in common.</summary>
public interface ISubmissionRecord
{
    /// <summary>False before anything was submitted under the id.</summary>
    bool IsSubmitted { get; }

    /// <summary>Where it stands.</summary>
    RunState State { get; set; }

    /// <summary>Why it stands there.</summary>
    string Reason { get; set; }

    /// <summary>Submitted at.</summary>
    DateTimeOffset SubmittedAt { get; set; }

    /// <summary>Slots held, or held last.</summary>
    SlotLease? Lease { get; }

    /// <summary>Version of the status.</summary>
    long Version { get; set; }

    /// <summary>Trace context of the submitter.</summary>
    string? TraceParent { get; set; }
}
