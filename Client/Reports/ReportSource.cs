using LoraCluster.Client.Connection;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Reports;

/// <summary>Asks a cluster for everything that a report tells of.</summary>
internal sealed class ReportSource(IClusterConnection connection, TimeProvider time)
{
    /// <exception cref="ClientException">Ids that the cluster does not know, all of them.</exception>
    public async Task<Report> ReadAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var runs = new List<RunStatus>();
        var jobs = new List<JobStatus>();
        var unknown = new List<string>();
        foreach (string id in ids)
        {
            if (JobIds.KindOf(id) == RunKind.Training && await connection.GetStatusAsync(id, cancellationToken) is { } run) runs.Add(run);
            else if (JobIds.IsValid(id) && await connection.Jobs.GetStatusAsync(id, cancellationToken) is { } job) jobs.Add(job);
            else unknown.Add($"there is no {id} in {connection.Description}; 'client runs' lists what is there");
        }
        if (unknown.Count > 0) throw new ClientException(ExitCodes.Failed, unknown);
        var reported = new List<ReportedRun>();
        foreach (RunStatus run in runs)
        {
            reported.Add(new ReportedRun(run, await StepHistory.ReadAsync(connection, run.RunId, fromStep: 1, cancellationToken))
            {
                Evaluations = await StepHistory.EvaluationsAsync(connection, run, cancellationToken),
            });
        }
        return new Report(
            connection.Description, time.GetUtcNow(), reported, jobs, await connection.GetNodesAsync(cancellationToken));
    }
}
