using LoraCluster.Grains.Runs;
using Orleans.TestingHost;

namespace LoraCluster.Tests.Cluster;

public sealed class LossTests
{
    [Fact]
    public async Task A_killed_silo_fails_the_run_by_name_and_the_checkpoint_leads_to_the_same_bits()
    {
        RunSpec spec = FakeCluster.Spec(trainers: 4);
        await using FakeCluster cluster = await FakeCluster.StartAsync(3);
        string expected = (await cluster.TrainAsync(spec)).WeightsSha256;

        // A checkpoint at step 7 by a pause, then on to step 12, where the silo goes.
        cluster.Replicas.HoldAt(6);
        IRunGrain run = await cluster.SubmitAsync(spec);
        await cluster.Replicas.ReachedAsync();
        await run.PauseAsync();
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, RunState.Paused);
        cluster.Replicas.HoldAt(11);
        await run.ResumeAsync();
        await cluster.Replicas.ReachedAsync();
        RunStatus before = await FakeCluster.UntilAsync(run, RunState.Running);

        InProcessSiloHandle victim = cluster.Silos.Silos.First(s => before.Silos.Contains(s.Name) && s != HostOf(cluster));
        long killedAt = TimeProvider.System.GetTimestamp();
        await cluster.Silos.KillSiloAsync(victim);
        cluster.Replicas.Release();
        RunStatus failed = await FakeCluster.UntilAsync(run, RunState.Failed);
        TimeSpan noticed = TimeProvider.System.GetElapsedTime(killedAt);
        TestContext.Current.TestOutputHelper!.WriteLine($"noticed after {noticed.TotalSeconds:F1} s: {failed.Reason}");

        Assert.Contains(victim.Name, failed.Reason, StringComparison.Ordinal);
        Assert.Contains("client resume", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(7, failed.CheckpointStep);
        await run.ResumeAsync();
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.DoesNotContain(victim.Name, done.Silos);
        Assert.Equal(expected, done.Result!.WeightsSha256);
    }

    [Fact]
    public async Task A_run_whose_cluster_went_away_is_found_failed_by_the_next_one_and_goes_on()
    {
        RunSpec spec = FakeCluster.Spec() with { CheckpointSeconds = 1e-6 };
        var storage = new SharedStorage();
        string id, expected;
        await using (FakeCluster first = await FakeCluster.StartAsync(2, storage))
        {
            expected = (await first.TrainAsync(FakeCluster.Spec())).WeightsSha256;
            first.Replicas.HoldAt(12);
            IRunGrain run = await first.SubmitAsync(spec);
            await first.Replicas.ReachedAsync();
            await FakeCluster.UntilAsync(run, s => s.CheckpointStep is not null, "a checkpoint");
            id = run.GetPrimaryKeyString();
            foreach (InProcessSiloHandle silo in first.Silos.Silos.ToArray()) await first.Silos.KillSiloAsync(silo);
        }

        await using FakeCluster second = await FakeCluster.StartAsync(2, storage);
        IRunGrain again = second.Grains.GetGrain<IRunGrain>(id);
        RunStatus failed = await FakeCluster.UntilAsync(again, RunState.Failed);
        Assert.Contains("was lost", failed.Reason, StringComparison.Ordinal);
        Assert.Contains(await second.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(10), r => r.RunId == id && r.State == RunState.Failed);
        await again.ResumeAsync();
        RunStatus done = await FakeCluster.UntilAsync(again, RunState.Completed);
        Assert.Equal(expected, done.Result!.WeightsSha256);
    }

    private static InProcessSiloHandle HostOf(FakeCluster cluster) => cluster.Silos.Silos[0];
}
