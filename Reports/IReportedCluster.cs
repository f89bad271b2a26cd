using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports;

/// <summary>What a report asks of a cluster.</summary>
internal interface IReportedCluster
{
    /// <summary>The cluster, for people, without a password.</summary>
    string Description { get; }

    /// <summary>A run; null: there is none of this id.</summary>
    Task<RunStatus?> GetRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>A job; null: there is none of this id.</summary>
    Task<JobStatus?> GetJobAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>Steps from one on, oldest first, at most so many (1 to 10,000).</summary>
    Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count, CancellationToken cancellationToken);

    /// <summary>The evaluations while a run trained, oldest first.</summary>
    Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken);

    /// <summary>The silos that are active.</summary>
    Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken);
}
