using LoraCluster.Dashboard.Feeds;
using LoraCluster.Grains;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>One look at the cluster for all visitors, bounded whatever there is to see.</summary>
public sealed class FeedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider time = new();
    private readonly PagesCluster cluster = new();

    [Fact]
    public void A_silo_that_is_missing_is_gone_comes_back_under_its_name_and_is_forgotten_in_the_end()
    {
        var roll = new SiloRoll(time);
        Assert.All(roll.Take(cluster.Nodes), line => Assert.True(line is { IsActive: true, BackSince: null }));

        time.Advance(TimeSpan.FromSeconds(3));
        DateTimeOffset went = time.GetUtcNow();
        Assert.Equal(went, roll.Take([PagesCluster.Node("silo-1")])[1].GoneSince);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(went, roll.Take([PagesCluster.Node("silo-1")])[1].GoneSince);

        SiloLine back = roll.Take([PagesCluster.Node("silo-1"), PagesCluster.Node("silo-2", address: "2")])[1];
        Assert.True(back.IsActive);
        Assert.Equal(time.GetUtcNow(), back.BackSince);

        roll.Take([PagesCluster.Node("silo-1")]);
        time.Advance(SiloRoll.Memory);
        Assert.Equal("silo-1", Assert.Single(roll.Take([PagesCluster.Node("silo-1")])).Node.Name);
    }

    [Fact]
    public async Task Of_200_runs_those_at_rest_are_asked_once_and_only_the_newest_for_their_history()
    {
        for (int k = 0; k < 250; k++) cluster.Put(PagesCluster.Run(k, k >= 230 ? RunState.Running : RunState.Completed, 100, 50));
        var roll = new RunRoll(cluster);

        IReadOnlyList<RunLine> lines = await roll.LookAsync(default);
        Assert.Equal(RunRoll.Most, lines.Count);
        Assert.Equal((RunRoll.Most, 25), (cluster.CallsOf("run"), cluster.CallsOf("history")));
        Assert.True(lines[0].Loss.Steps.Count > 1);

        await roll.LookAsync(default);
        await roll.LookAsync(default);
        Assert.Equal((RunRoll.Most + 40, 25), (cluster.CallsOf("run"), cluster.CallsOf("history")));
    }

    [Fact]
    public async Task A_feed_says_what_is_wrong_keeps_what_it_saw_and_heals()
    {
        cluster.Put(PagesCluster.Run(1, RunState.Running, 100, 50));
        using var feed = new ClusterFeed(cluster, time, NullLogger<ClusterFeed>.Instance);
        using var seen = new Watched(feed.Follow, () => feed.View);
        cluster.Fault = new TimeoutException();
        await feed.StartAsync(default);
        await seen.UntilAsync(v => v is { Fault: "the cluster does not answer in time", IsLoaded: false });

        cluster.Fault = null;
        await seen.UntilAsync(v => v is { Fault: null, IsLoaded: true, Runs.Count: 1, Silos.Count: 2 }, time);
        cluster.Fault = new ClusterRequestException("no more");
        await seen.UntilAsync(v => v is { Fault: "no more", IsLoaded: true, Runs.Count: 1 }, time);
        await feed.StopAsync(default);
    }

    [Fact]
    public async Task Many_pages_of_one_run_are_one_poll_and_a_new_state_reaches_all()
    {
        cluster.Put(PagesCluster.Run(1, RunState.Running, 100, 50));
        using var items = new FollowedItems(cluster, TimeProvider.System);
        var all = new CountdownEvent(50);
        var last = new TaskCompletionSource();
        var followers = Enumerable.Range(0, 50).Select(_ =>
        {
            bool told = false;
            FollowedRun? mine = null;
            (mine, IDisposable following) = items.FollowRun(PagesCluster.IdOf(1), () =>
            {
                if (told || mine?.View.Value?.Status.State != RunState.Completed) return;
                told = true;
                if (all.Signal()) last.TrySetResult();
            });
            return following;
        }).ToList();

        (FollowedRun run, IDisposable one) = items.FollowRun(PagesCluster.IdOf(1), () => { });
        await run.FirstAsync();
        cluster.Put(PagesCluster.Run(1, RunState.Completed, 100, 100));
        await last.Task.WaitAsync(Patience);

        Assert.Equal(1, items.Count);
        Assert.Equal(1, cluster.CallsOf("run"));
        Assert.Equal(100, run.View.Value!.Curves.Loss.Steps[^1]);
        foreach (IDisposable follower in followers.Append(one)) follower.Dispose();
        Assert.Equal(0, run.Followers);
    }

    [Fact]
    public void One_page_too_many_is_told_so_and_one_that_was_left_makes_room()
    {
        using var items = new FollowedItems(cluster, time);
        var followings = Enumerable.Range(0, FollowedItems.Most)
            .Select(k => items.FollowRun(PagesCluster.IdOf(k), () => { }).Following).ToList();

        var refused = Assert.Throws<ClusterRequestException>(() => items.FollowRun(PagesCluster.IdOf(99), () => { }));
        Assert.Contains("close another page first", refused.Message, StringComparison.Ordinal);
        followings[3].Dispose();
        items.FollowRun(PagesCluster.IdOf(99), () => { });
        Assert.Equal(FollowedItems.Most, items.Count);
    }

    /// <summary>Waits for a view; with a clock it is moved on until the view comes.</summary>
    private sealed class Watched : IDisposable
    {
        private readonly Func<ClusterView> view;
        private readonly SemaphoreSlim changes = new(0);
        private readonly IDisposable following;

        public Watched(Func<Action, IDisposable> follow, Func<ClusterView> view)
        {
            this.view = view;
            following = follow(() => changes.Release());
        }

        public async Task UntilAsync(Func<ClusterView, bool> wanted, FakeTimeProvider? time = null)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!wanted(view()))
            {
                time?.Advance(TimeSpan.FromSeconds(1));
                await changes.WaitAsync(TimeSpan.FromMilliseconds(time is null ? 30_000 : 50), patience.Token);
            }
        }

        public void Dispose() => following.Dispose();
    }
}
