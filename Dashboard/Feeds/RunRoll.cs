using LoraCluster.Dashboard.Cluster;
using LoraCluster.Dashboard.Curves;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>
/// The runs of the list: a run that goes on is asked at each look, one at rest once. The loss of the newest is drawn from their history,
/// which is read once a run; later points come with its status.
/// </summary>
internal sealed class RunRoll(ICluster cluster)
{
    /// <summary>Most runs listed.</summary>
    public const int Most = 200;

    private const int WithHistory = 25, HistorySteps = 10_000, AtATime = 8;
    private Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>One look.</summary>
    public async Task<IReadOnlyList<RunLine>> LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<RunSummary> listed = await cluster.ListAsync(Most);
        var next = listed.ToDictionary(s => s.RunId, s => entries.GetValueOrDefault(s.RunId) ?? new Entry(), StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(listed.Index(), options, async (item, _) =>
            await RefreshAsync(next[item.Item.RunId], item.Item, item.Index < WithHistory));
        entries = next;
        return [.. listed.Select(s => new RunLine(next[s.RunId].Newest(s), next[s.RunId].Status, next[s.RunId].Loss.Points))];
    }

    private async Task RefreshAsync(Entry entry, RunSummary summary, bool withHistory)
    {
        if (summary.Kind != RunKind.Training || entry.IsFinal(summary)) return;
        try
        {
            if (await cluster.GetRunAsync(summary.RunId) is not { } status) return;
            if (!entry.HasHistory && withHistory && status.Progress.Step > 0)
            {
                int first = Math.Max(1, status.Progress.Step - HistorySteps + 1);
                entry.Loss.Append(await cluster.GetHistoryAsync(summary.RunId, first, HistorySteps));
                entry.HasHistory = true;
            }
            if (status.Progress.Step > 0) entry.Loss.Append([(status.Progress.Step, status.Progress.Loss)]);
            entry.Status = status;
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            // A run that lived on a silo which is just gone does not answer for a moment, and must not hold up the others.
        }
    }

    private sealed class Entry
    {
        public RunStatus? Status { get; set; }
        public bool HasHistory { get; set; }
        public Sparkline Loss { get; } = new();

        public bool IsFinal(RunSummary summary) =>
            Status is not null && Status.State == summary.State && RunTransitions.IsAtRest(Status.State);

        /// <summary>The index learns of a change a moment after the run.</summary>
        public RunSummary Newest(RunSummary summary) => Status is null ? summary : summary with
        {
            State = Status.State, Step = Status.Progress.Step, Steps = Status.Progress.Steps,
        };
    }
}
