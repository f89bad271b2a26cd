using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;

namespace LoraCluster.Dashboard.Downloads;

/// <summary>The pages' cluster as a report asks it.</summary>
internal sealed class ReportedCluster(ICluster cluster) : IReportedCluster
{
    public string Description => cluster.Description;

    public Task<RunStatus?> GetRunAsync(string runId, CancellationToken cancellationToken) => cluster.GetRunAsync(runId);

    public Task<JobStatus?> GetJobAsync(string jobId, CancellationToken cancellationToken) => cluster.GetJobAsync(jobId);

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(
        string runId, int fromStep, int count, CancellationToken cancellationToken) => cluster.GetHistoryAsync(runId, fromStep, count);

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken) =>
        cluster.GetEvaluationsAsync(runId);

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken) => cluster.GetNodesAsync();
}
