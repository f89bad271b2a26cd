using LoraCluster.Grains;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Tests.Cluster;

public sealed class SpecAndQueueTests
{
    [Fact]
    public async Task A_bad_spec_is_refused_with_all_its_faults_and_nothing_starts()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        RunSpec bad = FakeCluster.Spec() with
        {
            ModelPath = " ", Method = "lore", Rank = 0, Alpha = -1, Epochs = 0, Schedule = "step", Dtype = "fp8", MicroBatchSize = 5,
            Trainers = 0, Warmup = 2,
        };
        IRunGrain run = cluster.Grains.GetGrain<IRunGrain>(RunIds.Create());
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => run.SubmitAsync(bad));
        foreach (string name in new[] { "model", "method", "rank", "alpha", "epochs", "schedule", "dtype", "micro-batch", "trainers",
            "warmup" })
            Assert.Contains(refused.Message.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal));
        Assert.Null(await run.GetStatusAsync());
        Assert.Empty(await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(10));

        var threads = await Assert.ThrowsAsync<ClusterRequestException>(() =>
            run.SubmitAsync(FakeCluster.Spec() with { ThreadsPerTrainer = 3 }));
        Assert.Contains("no silo has more than 2", threads.Message, StringComparison.Ordinal);
        var world = await Assert.ThrowsAsync<ClusterRequestException>(() => run.SubmitAsync(FakeCluster.Spec(trainers: 5)));
        Assert.Contains("trainers is 5; allowed is 1 to 4", world.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submitting_twice_changes_nothing_and_another_spec_is_refused()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        IRunGrain run = cluster.Grains.GetGrain<IRunGrain>(RunIds.Create());
        await run.SubmitAsync(FakeCluster.Spec());
        await run.SubmitAsync(FakeCluster.Spec());
        await Assert.ThrowsAsync<ClusterRequestException>(() => run.SubmitAsync(FakeCluster.Spec() with { Seed = 8 }));
        await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Single(await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(10));
    }

    [Fact]
    public async Task A_silo_that_cannot_load_the_model_fails_the_run_with_that_message()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec() with { ModelPath = "/missing/model" });
        RunStatus failed = await FakeCluster.UntilAsync(run, RunState.Failed);
        Assert.Contains("there is no model folder /missing/model", failed.Reason, StringComparison.Ordinal);
        RunSpec wanted = FakeCluster.Spec() with { ModelHash = new string('b', 64) };
        IRunGrain other = await cluster.SubmitAsync(wanted);
        failed = await FakeCluster.UntilAsync(other, RunState.Failed);
        Assert.Contains("holds other bytes", failed.Reason, StringComparison.Ordinal);
        // A run gives its slots back in the turn in which it ends, after its state was published: the next turn sees it done.
        await run.SubmitAsync(FakeCluster.Spec() with { ModelPath = "/missing/model" });
        await other.SubmitAsync(wanted);
        Assert.Empty(await cluster.Grains.GetGrain<ISchedulerGrain>(0).GetLeasesAsync());
    }

    [Fact]
    public async Task A_run_without_free_slots_waits_says_for_what_and_starts_when_there_are()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1, configure: node => node.Slots = 2);
        cluster.Replicas.HoldAt(3);
        IRunGrain first = await cluster.SubmitAsync(FakeCluster.Spec());
        await cluster.Replicas.ReachedAsync();
        IRunGrain second = await cluster.SubmitAsync(FakeCluster.Spec(trainers: 1));
        IRunGrain third = await cluster.SubmitAsync(FakeCluster.Spec(trainers: 1) with { Seed = 1 });
        RunStatus waiting = await FakeCluster.UntilAsync(second, s =>
            s.Reason.Contains("1 free trainer slots", StringComparison.Ordinal), "a reason");
        Assert.Equal(RunState.Queued, waiting.State);
        await FakeCluster.UntilAsync(third, s => s.Reason.Contains("place 2", StringComparison.Ordinal), "its place in the queue");

        NodeStatus node = Assert.Single(await cluster.Grains.GetGrain<IClusterGrain>(0).GetNodesAsync());
        Assert.Equal((2, 2), (node.Slots, node.SlotsUsed));
        Assert.Equal([first.GetPrimaryKeyString()], node.Runs);

        await third.CancelAsync();
        await FakeCluster.UntilAsync(third, RunState.Cancelled);
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(first, RunState.Completed);
        await FakeCluster.UntilAsync(second, RunState.Completed);
    }

    [Fact]
    public async Task A_loss_that_is_not_a_number_fails_the_run_and_names_the_step()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1, replicas: new FakeReplicaFactory { DivergeAtStep = 6 });
        RunStatus failed = await FakeCluster.UntilAsync(await cluster.SubmitAsync(FakeCluster.Spec()), RunState.Failed);
        Assert.Contains("diverged at step 6", failed.Reason, StringComparison.Ordinal);
    }
}
