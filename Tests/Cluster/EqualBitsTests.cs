using System.Security.Cryptography;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Tests.Cluster;

public sealed class EqualBitsTests
{
    private static string Expected(RunSpec spec)
    {
        var replica = new FakeReplica(spec, new FakeReplicaFactory());
        while (replica.Step < replica.Steps)
        {
            var reducer = new TreeReducer(ReductionTree.Root(replica.MicroBatches), replica.MicroBatches);
            for (int m = 0; m < replica.MicroBatches; m++) reducer.Add(new TreeNode(0, m), replica.ComputeMicroBatch(m));
            replica.ApplyStep(reducer.Result!);
        }
        return Convert.ToHexStringLower(SHA256.HashData(replica.ExportResult().Single(f => f.IsWeights).Content));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Any_number_of_trainers_gives_the_bits_of_one_process(int silos)
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(silos);
        string expected = Expected(FakeCluster.Spec());
        for (int trainers = 1; trainers <= 4; trainers++)
        {
            RunResult result = await cluster.TrainAsync(FakeCluster.Spec(trainers));
            Assert.Equal(expected, result.WeightsSha256);
            Assert.Equal((21, 70), (result.Correct, result.Rows));
            byte[] weights = await cluster.DownloadAsync(result.ArtifactId, "adapter_model.safetensors");
            Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(weights)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(19)]
    public async Task A_paused_run_goes_on_to_the_same_bits(int step)
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        IRunGrain run = await HeldRunAsync(cluster, step);
        await run.PauseAsync();
        cluster.Replicas.Release();
        RunStatus paused = await FakeCluster.UntilAsync(run, RunState.Paused);
        Assert.Equal(step + 1, paused.CheckpointStep);
        Assert.Equal(step + 1, paused.Progress.Step);

        await run.ResumeAsync();
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(Expected(FakeCluster.Spec()), done.Result!.WeightsSha256);
        IReadOnlyList<StepMetrics> history = await run.GetHistoryAsync(0, 1000);
        Assert.Equal(Enumerable.Range(1, 20), history.Select(h => h.Step));
        Assert.Equal(0, cluster.Replicas.Open);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(14)]
    public async Task A_cancelled_run_stops_within_one_step_and_can_be_resumed(int step)
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        IRunGrain run = await HeldRunAsync(cluster, step);
        await run.CancelAsync();
        cluster.Replicas.Release();
        RunStatus cancelled = await FakeCluster.UntilAsync(run, RunState.Cancelled);
        Assert.Equal(step + 1, cancelled.Progress.Step);

        await run.ResumeAsync();
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(Expected(FakeCluster.Spec()), done.Result!.WeightsSha256);
    }

    [Fact]
    public async Task States_that_differ_stop_the_run_and_are_named()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2, replicas: new FakeReplicaFactory { CorruptAfterStep = 3 });
        RunStatus failed = await FakeCluster.UntilAsync(await cluster.SubmitAsync(FakeCluster.Spec()), RunState.Failed);
        Assert.Contains("after step 4", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("tensor b", failed.Reason, StringComparison.Ordinal);
    }

    private static async Task<IRunGrain> HeldRunAsync(FakeCluster cluster, int step)
    {
        cluster.Replicas.HoldAt(step);
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
        await cluster.Replicas.ReachedAsync();
        return run;
    }
}
