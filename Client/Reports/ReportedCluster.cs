using LoraCluster.Client.Connection;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;

namespace LoraCluster.Client.Reports;

/// <summary>The client's cluster as a report asks it.</summary>
internal sealed class ReportedCluster(IClusterConnection connection) : IReportedCluster
{
    public string Description => connection.Description;

    public Task<RunStatus?> GetRunAsync(string runId, CancellationToken cancellationToken) =>
        connection.GetStatusAsync(runId, cancellationToken);

    public Task<JobStatus?> GetJobAsync(string jobId, CancellationToken cancellationToken) =>
        connection.Jobs.GetStatusAsync(jobId, cancellationToken);

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(
        string runId, int fromStep, int count, CancellationToken cancellationToken) =>
        connection.GetHistoryAsync(runId, fromStep, count, cancellationToken);

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken) =>
        connection.GetEvaluationsAsync(runId, cancellationToken);

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken) =>
        connection.GetNodesAsync(cancellationToken);
}
