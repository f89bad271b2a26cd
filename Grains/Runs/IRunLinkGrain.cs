using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains.Runs;

/// <summary>What the inside of the cluster tells a run's grain; the key is the run id.</summary>
[Alias("loracluster.IRunLinkGrain")]
public interface IRunLinkGrain : ISlotHolderGrain
{
    /// <summary>Worker 0 reports steps. Reports of another membership version are ignored.</summary>
    [Alias("ReportProgress")] Task ReportProgressAsync(int membership, ProgressReport report);

    /// <summary>Worker 0 asks for the slot of the next checkpoint: never the one with the last good one.</summary>
    /// <exception cref="ClusterRequestException">The membership version is not the run's.</exception>
    [Alias("BeginCheckpoint")] Task<int> BeginCheckpointAsync(int membership);

    /// <summary>Worker 0 wrote a checkpoint whole; once this returns, the run goes on from it.</summary>
    /// <exception cref="ClusterRequestException">The membership version is not the run's.</exception>
    [Alias("CommitCheckpoint")] Task CommitCheckpointAsync(int membership, CheckpointRef checkpoint);

    /// <summary>A checkpoint could not be written; the one before it stands.</summary>
    [Alias("ReportNotice")] Task ReportNoticeAsync(int membership, string notice);

    /// <summary>A trainer ended.</summary>
    [Alias("ReportOutcome")] Task ReportOutcomeAsync(int membership, int worker, TrainerOutcome outcome);
}

/// <summary>Steps since the last report, and means since the start (or the last resume).</summary>
[GenerateSerializer, Immutable, Alias("loracluster.ProgressReport")]
public sealed record ProgressReport
{
    /// <summary>New steps, in order.</summary>
    [Id(0)] public required IReadOnlyList<StepMetrics> Steps { get; init; }
    /// <summary>Rows since the start.</summary>
    [Id(1)] public required long Rows { get; init; }
    /// <summary>Seconds since the start.</summary>
    [Id(2)] public required double Seconds { get; init; }
    /// <summary>Mean wall time of a step.</summary>
    [Id(3)] public required double StepTimeMs { get; init; }
    /// <summary>Mean wait for the reduction.</summary>
    [Id(4)] public required double AllReduceTimeMs { get; init; }
    /// <summary>Bytes of a step that all trainers exchanged with the coordinator, both ways.</summary>
    [Id(5)] public required long BytesPerStep { get; init; }
    /// <summary>New evaluations, in order.</summary>
    [Id(6)] public IReadOnlyList<EvaluationMetrics> Evaluations { get; init; } = [];
}
