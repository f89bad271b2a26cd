using LoraCluster.Dashboard.Cluster;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>
/// The runs and jobs that somebody looks at: each is followed once, however many look, and for a moment after the last has gone. There
/// are at most <see cref="Most"/>; a page that would be one too many is told so.
/// </summary>
internal sealed class FollowedItems(ICluster cluster, TimeProvider time) : IDisposable
{
    /// <summary>Most followed at a time: of each some 1.5 MB of steps are held at worst.</summary>
    public const int Most = 32;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(15);
    private readonly Lock changing = new();
    private readonly Dictionary<string, FollowedRun> runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FollowedJob> jobs = new(StringComparer.Ordinal);

    /// <summary>Followed now.</summary>
    public int Count
    {
        get
        {
            lock (changing) return runs.Count + jobs.Count;
        }
    }

    /// <summary>Follows a run until the second of the results is disposed.</summary>
    /// <exception cref="Grains.ClusterRequestException">Too many others are followed.</exception>
    public (FollowedRun Run, IDisposable Following) FollowRun(string runId, Action onChange) =>
        Follow(runs, runId, () => new FollowedRun(cluster, runId, time), onChange);

    /// <summary>Follows a job, as <see cref="FollowRun"/>.</summary>
    public (FollowedJob Job, IDisposable Following) FollowJob(string jobId, Action onChange) =>
        Follow(jobs, jobId, () => new FollowedJob(cluster, jobId, time), onChange);

    public void Dispose()
    {
        lock (changing)
        {
            foreach (FollowedRun run in runs.Values) run.Dispose();
            foreach (FollowedJob job in jobs.Values) job.Dispose();
        }
    }

    private (TItem, IDisposable) Follow<TItem>(Dictionary<string, TItem> items, string id, Func<TItem> create, Action onChange)
        where TItem : class, IFollowed
    {
        lock (changing)
        {
            if (!items.TryGetValue(id, out TItem? item))
            {
                MakeRoom();
                items[id] = item = create();
                item.Start();
            }
            item.Add(onChange);
            return (item, new Subscription(() => Leave(items, id, item, onChange)));
        }
    }

    private void Leave<TItem>(Dictionary<string, TItem> items, string id, TItem item, Action onChange) where TItem : class, IFollowed
    {
        lock (changing) item.Remove(onChange);
        if (item.Followers == 0) _ = EndLaterAsync(items, id, item);
    }

    private async Task EndLaterAsync<TItem>(Dictionary<string, TItem> items, string id, TItem item) where TItem : class, IFollowed
    {
        await Task.Delay(Linger, time);
        lock (changing)
        {
            if (item.Followers == 0 && items.GetValueOrDefault(id) == item) End(items, id, item);
        }
    }

    private void MakeRoom()
    {
        if (runs.Count + jobs.Count < Most) return;
        if (runs.FirstOrDefault(r => r.Value.Followers == 0) is { Value: { } run } idle) End(runs, idle.Key, run);
        else if (jobs.FirstOrDefault(j => j.Value.Followers == 0) is { Value: { } job } idleJob) End(jobs, idleJob.Key, job);
        else
        {
            throw new Grains.ClusterRequestException(
                FormattableString.Invariant($"{Most} runs are being looked at already, which is the most: close another page first"));
        }
    }

    private static void End<TItem>(Dictionary<string, TItem> items, string id, TItem item) where TItem : class, IFollowed
    {
        items.Remove(id);
        item.Dispose();
    }
}
