using LoraCluster.Dashboard.Cluster;
using LoraCluster.Dashboard.Curves;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>A run with its curves and events.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Curves">Its curves, thinned once for all visitors.</param>
/// <param name="Events">What happened to it, oldest first.</param>
public sealed record RunView(RunStatus Status, RunCurves Curves, IReadOnlyList<RunEvent> Events);

/// <summary>Follows a run: its status by a long poll, its history from the last step that is known.</summary>
internal sealed class FollowedRun(ICluster cluster, string runId, TimeProvider time) : FollowedItem<RunView>(time)
{
    private const int StepsACall = 10_000;
    private readonly StepSeries series = new();
    private DateTimeOffset? startedAt;
    private IReadOnlyList<RunEvent> events = [];
    private (RunState State, string Reason, int Notices) told;

    protected override async Task<RunView?> NextAsync(RunView? last, CancellationToken cancellationToken)
    {
        RunStatus? status = last is null
            ? await cluster.GetRunAsync(runId)
            : await cluster.WaitForRunAsync(runId, last.Status.Version, PollPatience, cancellationToken);
        if (status is null) return null;
        if (last is not null && status.Version == last.Status.Version) return last;
        bool grew = await ReadHistoryAsync(status, cancellationToken);
        var now = (status.State, status.Reason, status.Notices.Count);
        if (now != told || last is null) (events, told) = (await cluster.GetEventsAsync(runId), now);
        return new RunView(status, grew || last is null ? series.Curves() : last.Curves, events);
    }

    private async Task<bool> ReadHistoryAsync(RunStatus status, CancellationToken cancellationToken)
    {
        // A resumed run takes steps again from its checkpoint on.
        if (status.StartedAt != startedAt || status.Progress.Step < series.LastStep) series.Clear();
        startedAt = status.StartedAt;
        bool grew = false;
        while (status.Progress.Step > series.LastStep)
        {
            int first = Math.Max(series.LastStep + 1, status.Progress.Step - StepSeries.MostSteps);
            IReadOnlyList<StepMetrics> more = await cluster.GetHistoryAsync(runId, first, StepsACall);
            cancellationToken.ThrowIfCancellationRequested();
            if (more.Count == 0) break;
            series.Append(more);
            grew = true;
        }
        return grew;
    }
}
