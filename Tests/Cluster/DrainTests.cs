using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using Orleans.TestingHost;

namespace LoraCluster.Tests.Cluster;

public sealed class DrainTests
{
    [Fact]
    public async Task A_run_leaves_the_drained_silo_by_itself_and_ends_with_the_same_bits()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        string expected = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        IRunGrain run = await HeldRunAsync(cluster, 9);
        Assert.Equal(2, (await FakeCluster.UntilAsync(run, RunState.Running)).Silos.Distinct().Count());
        string name = cluster.Silos.Silos[1].Name;

        await Cluster(cluster).DrainAsync(name);
        RunStatus pausing = await FakeCluster.UntilAsync(run, RunState.Pausing);
        Assert.Contains($"{name} drains", pausing.Reason, StringComparison.Ordinal);
        cluster.Replicas.Release();
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);

        Assert.Equal(expected, done.Result!.WeightsSha256);
        Assert.DoesNotContain(name, done.Silos);
        NodeStatus drained = (await Cluster(cluster).GetNodesAsync()).Single(n => n.Name == name);
        Assert.True(drained is { IsDraining: true, SlotsUsed: 0 });
        Assert.Equal(Enumerable.Range(1, 20), (await run.GetHistoryAsync(0, 1000)).Select(h => h.Step));
    }

    [Fact]
    public async Task Where_nobody_else_has_room_the_run_waits_until_the_silo_takes_trainers_again()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        string expected = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        IRunGrain run = await HeldRunAsync(cluster, 4);
        string name = cluster.Silos.Silos[0].Name;

        await Cluster(cluster).DrainAsync(name);
        await FakeCluster.UntilAsync(run, RunState.Pausing);
        cluster.Replicas.Release();
        RunStatus queued = await FakeCluster.UntilAsync(run, s => s.State == RunState.Queued && s.Reason.Contains("waits for 2", Ordinal),
            "Queued, saying for what");
        Assert.Contains($"{name} drains", queued.Reason, Ordinal);
        await Cluster(cluster).UndrainAsync(name);

        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(expected, done.Result!.WeightsSha256);
    }

    [Fact]
    public async Task A_silo_that_stops_in_order_lets_its_runs_go_on_elsewhere()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        string expected = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        IRunGrain run = await HeldRunAsync(cluster, 9);
        await FakeCluster.UntilAsync(run, RunState.Running);
        InProcessSiloHandle leaving = cluster.Silos.Silos[1];

        Task stopping = cluster.Silos.StopSiloAsync(leaving);
        await FakeCluster.UntilAsync(run, RunState.Pausing);
        cluster.Replicas.Release();
        await stopping;

        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(expected, done.Result!.WeightsSha256);
        Assert.DoesNotContain(leaving.Name, done.Silos);
    }

    [Fact]
    public async Task An_unknown_silo_is_refused_with_the_names_there_are()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => Cluster(cluster).DrainAsync("silo-9"));
        Assert.Contains("silo-9", refused.Message, Ordinal);
        Assert.All(cluster.Silos.Silos, s => Assert.Contains(s.Name, refused.Message, Ordinal));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static IClusterGrain Cluster(FakeCluster cluster) => cluster.Grains.GetGrain<IClusterGrain>(0);

    private static async Task<IRunGrain> HeldRunAsync(FakeCluster cluster, int step)
    {
        cluster.Replicas.HoldAt(step);
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
        await cluster.Replicas.ReachedAsync();
        return run;
    }
}
