using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports;

/// <summary>Asks a cluster for everything that a report tells of.</summary>
internal sealed class ReportSource(IReportedCluster cluster, TimeProvider time)
{
    /// <summary>The report on these runs and jobs, and the ids that the cluster does not know: with any of those there is none.</summary>
    public async Task<(Report? Report, IReadOnlyList<string> Unknown)> ReadAsync(
        IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var runs = new List<RunStatus>();
        var jobs = new List<JobStatus>();
        var unknown = new List<string>();
        foreach (string id in ids)
        {
            if (JobIds.KindOf(id) == RunKind.Training && await cluster.GetRunAsync(id, cancellationToken) is { } run) runs.Add(run);
            else if (JobIds.IsValid(id) && await cluster.GetJobAsync(id, cancellationToken) is { } job) jobs.Add(job);
            else unknown.Add(id);
        }
        if (unknown.Count > 0) return (null, unknown);
        var reported = new List<ReportedRun>();
        foreach (RunStatus run in runs)
        {
            reported.Add(new ReportedRun(run, await StepHistory.ReadAsync(cluster, run.RunId, fromStep: 1, cancellationToken))
            {
                Evaluations = await StepHistory.EvaluationsAsync(cluster, run, cancellationToken),
            });
        }
        return (new Report(cluster.Description, time.GetUtcNow(), reported, jobs, await cluster.GetNodesAsync(cancellationToken)), []);
    }
}
