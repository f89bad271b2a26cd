using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.AppHost.RunRows;

/// <summary>Brings the rows of the cluster's runs, evaluations and benchmarks up to date, whoever submitted them.</summary>
internal sealed class RunRowsFeed(IGrainFactory grains, ResourceNotificationService rows, ResourceLoggerService logs, RunPages pages)
{
    /// <summary>The newest of those at rest that are shown; older ones are listed by the client. What goes on is always shown.</summary>
    public const int MostFinished = 20;
    private const int MostListed = 200;
    private readonly Dictionary<string, Row> known = new(StringComparer.Ordinal);

    /// <summary>One look.</summary>
    public async Task UpdateAsync()
    {
        var shown = Choose(await grains.GetGrain<IRunIndexGrain>(0).ListAsync(MostListed));
        foreach (var summary in shown.Reverse())
        {
            if (known.TryGetValue(summary.RunId, out var row) && row.IsAtRest && row.State == summary.State) continue;
            if (await AskAsync(summary) is { } content) await ShowAsync(content);
        }
        foreach (string id in known.Keys.Except(shown.Select(s => s.RunId)).ToList())
        {
            await rows.PublishUpdateAsync(known[id].Resource, RowContent.Hide);
            known.Remove(id);
        }
    }

    /// <summary>Which of these, newest first, have a row.</summary>
    public static IReadOnlyList<RunSummary> Choose(IReadOnlyList<RunSummary> newestFirst)
    {
        int finished = 0;
        return [.. newestFirst.Where(s => !RunTransitions.IsAtRest(s.State) || finished++ < MostFinished)];
    }

    private async Task<RowContent?> AskAsync(RunSummary summary)
    {
        if (summary.Kind == RunKind.Training)
            return await grains.GetGrain<IRunGrain>(summary.RunId).GetStatusAsync() is { } run ? RunRow.Of(run) : null;
        return await grains.GetGrain<IJobGrain>(summary.RunId).GetStatusAsync() is { } job ? JobRow.Of(job) : null;
    }

    private async Task ShowAsync(RowContent content)
    {
        if (!known.TryGetValue(content.Id, out var row))
        {
            var resource = new RunResource(content.Id);
            resource.Annotations.Add(new ResourceSnapshotAnnotation(content.Initial()));
            RowCommands.AddTo(resource, content.Kind, grains);
            known[content.Id] = row = new Row(resource);
        }
        if (row.Version == content.Version) return;
        bool changed = row.State != content.State;
        (row.Version, row.State) = (content.Version, content.State);
        await rows.PublishUpdateAsync(row.Resource, s => content.Show(
            s, ("page", pages.PageOf(content.Id)), ("report", pages.ReportOf(content.Id))));
        if (changed || content.Figures.Length > 0)
            logs.GetLogger(row.Resource).LogInformation("{State} {Figures}", content.StateText, content.Figures);
    }

    private sealed class Row(RunResource resource)
    {
        public RunResource Resource { get; } = resource;
        public long Version { get; set; } = -1;
        public RunState? State { get; set; }
        public bool IsAtRest => State is { } state && RunTransitions.IsAtRest(state);
    }
}
