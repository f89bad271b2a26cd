using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.AppHost.RunRows;

/// <summary>Looks at the cluster's runs every second and brings their rows up to date.</summary>
internal sealed class RunRowsFeed(IGrainFactory grains, ResourceNotificationService rows, ResourceLoggerService logs, TimeProvider time)
{
    /// <summary>The newest; older ones are listed by the client.</summary>
    public const int Most = 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Row> known = new(StringComparer.Ordinal);

    /// <summary>Follows until cancelled. A cluster that does not answer for a while is asked again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            try
            {
                await UpdateAsync();
            }
            catch (Exception e) when (e is Orleans.Runtime.OrleansException or TimeoutException or InvalidOperationException)
            {
                // A silo is just leaving or coming; the rows stay as they are until the next look.
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>One look.</summary>
    public async Task UpdateAsync()
    {
        var listed = await grains.GetGrain<IRunIndexGrain>(0).ListAsync(Most);
        foreach (var summary in listed.Reverse())
        {
            if (known.TryGetValue(summary.RunId, out var row) && row.IsAtRest && row.State == summary.State) continue;
            if (await grains.GetGrain<IRunGrain>(summary.RunId).GetStatusAsync() is { } status) await ShowAsync(status);
        }
        foreach (string runId in known.Keys.Except(listed.Select(s => s.RunId)).ToList())
        {
            // Deleted, or pushed out by newer ones.
            await rows.PublishUpdateAsync(known[runId].Resource, RunRow.Hide);
            known.Remove(runId);
        }
    }

    private async Task ShowAsync(RunStatus status)
    {
        if (!known.TryGetValue(status.RunId, out var row))
        {
            var resource = new RunResource(status.RunId);
            resource.Annotations.Add(new ResourceSnapshotAnnotation(RunRow.Initial));
            RunCommands.AddTo(resource, grains);
            known[status.RunId] = row = new Row(resource);
        }
        if (row.Version == status.Version) return;
        bool changed = row.State != status.State;
        (row.Version, row.State) = (status.Version, status.State);
        await rows.PublishUpdateAsync(row.Resource, s => RunRow.Show(s, status));
        string figures = RunRow.Figures(status);
        if (changed || figures.Length > 0)
            logs.GetLogger(row.Resource).LogInformation("{State} {Figures}", RunRow.StateText(status), figures);
    }

    private sealed class Row(RunResource resource)
    {
        public RunResource Resource { get; } = resource;
        public long Version { get; set; } = -1;
        public RunState? State { get; set; }
        public bool IsAtRest => State is { } state && RunTransitions.IsAtRest(state);
    }
}
