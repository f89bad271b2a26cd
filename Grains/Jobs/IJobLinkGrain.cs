using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Jobs;

/// <summary>What the inside of the cluster tells a job's grain; the key is the job id.</summary>
[Alias("loracluster.IJobLinkGrain")]
public interface IJobLinkGrain : ISlotHolderGrain
{
    /// <summary>A worker did some of its work. What comes late is ignored.</summary>
    [Alias("ReportProgress")] Task ReportProgressAsync(int worker, JobProgress progress);

    /// <summary>A worker ended.</summary>
    [Alias("ReportOutcome")] Task ReportOutcomeAsync(int worker, JobOutcome outcome);
}

/// <summary>How far a worker is.</summary>
/// <param name="Done">Parts done.</param>
/// <param name="Phase">What is at work now, for people; may be empty.</param>
/// <param name="Total">Parts in all, where worker 0 found that out while it worked; 0: as it was told when it was prepared.</param>
[GenerateSerializer, Immutable, Alias("loracluster.JobProgress")]
public sealed record JobProgress([property: Id(0)] int Done, [property: Id(1)] string Phase, [property: Id(2)] int Total = 0);

/// <summary>How a worker ended: with its part of the work, or with a message.</summary>
/// <param name="Part">What it computed; null: it failed, or was told to stop.</param>
/// <param name="Message">Why it failed.</param>
/// <param name="Progress">How far it was; null: it had not begun.</param>
[GenerateSerializer, Immutable, Alias("loracluster.JobOutcome")]
public sealed record JobOutcome(
    [property: Id(0)] JobPart? Part, [property: Id(1)] string Message = "", [property: Id(2)] JobProgress? Progress = null);
