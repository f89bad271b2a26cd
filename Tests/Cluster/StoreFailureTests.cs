using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

public sealed class StoreFailureTests
{
    // Two checkpoints by pauses; the second one's writes fail, each in turn, arriving or not. Whatever is left must lead to the same bits.
    [Theory]
    [InlineData(WriteFailure.Lost)]
    [InlineData(WriteFailure.StoredAndLost)]
    internal async Task A_store_that_fails_at_each_write_in_turn_leaves_a_whole_checkpoint(WriteFailure kind)
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        string expected = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        bool reachedEnd = false;
        for (int failing = 1; !reachedEnd; failing++)
        {
            Assert.True(failing < 40, "expected: at most 40 writes of a pause");
            IRunGrain run = await PausedAtAsync(cluster, 3);
            reachedEnd = !await PauseFailsAsync(cluster, run, failing, kind);
            RunStatus status = (await run.GetStatusAsync())!;
            Assert.True(status.CheckpointStep is 4 or 9,
                $"expected: the checkpoint of step 4 or 9; actual: {status.CheckpointStep}, write {failing}");
            if (status.State == RunState.Completed) continue;
            await run.ResumeAsync();
            RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
            Assert.Equal(expected, done.Result!.WeightsSha256);
        }
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_not_used_and_the_one_before_it_is()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        string expected = (await cluster.TrainAsync(FakeCluster.Spec())).WeightsSha256;
        IRunGrain run = await PausedAtAsync(cluster, 3);
        cluster.Replicas.HoldAt(8);
        await run.ResumeAsync();
        await cluster.Replicas.ReachedAsync();
        await run.PauseAsync();
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, s => s.State == RunState.Paused && s.CheckpointStep == 9, "paused at step 9");
        cluster.Storage.Damage($"blob:{run.GetPrimaryKeyString()}/1/0");

        await run.ResumeAsync();
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Contains(done.Notices, n => n.Contains("step 9 cannot be used", StringComparison.Ordinal));
        Assert.Equal(expected, done.Result!.WeightsSha256);
    }

    [Fact]
    public async Task A_deleted_run_leaves_no_blobs_and_no_entry()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
        RunStatus done = await FakeCluster.UntilAsync(run, RunState.Completed);
        IRunGrain twin = await cluster.SubmitAsync(FakeCluster.Spec());
        await FakeCluster.UntilAsync(twin, RunState.Completed);
        await run.DeleteAsync();
        Assert.NotNull(await cluster.Grains.GetGrain<IArtifactGrain>(done.Result!.ArtifactId).GetManifestAsync());
        await twin.DeleteAsync();
        Assert.DoesNotContain(cluster.Storage.Keys, key => key.StartsWith("blob:", StringComparison.Ordinal));
        Assert.Null(await run.GetStatusAsync());
        Assert.Empty(await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(10));
        Assert.Null(await cluster.Grains.GetGrain<IArtifactGrain>(done.Result.ArtifactId).GetManifestAsync());
    }

    [Fact]
    public async Task A_submission_that_cannot_be_stored_is_refused_and_leaves_nothing()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        IRunGrain run = cluster.Grains.GetGrain<IRunGrain>(RunIds.Create());
        cluster.Storage.OnWrite = key => key.StartsWith("run:", StringComparison.Ordinal) ? WriteFailure.Lost : WriteFailure.None;
        await Assert.ThrowsAnyAsync<Exception>(() => run.SubmitAsync(FakeCluster.Spec()));
        Assert.Null(await run.GetStatusAsync());
        cluster.Storage.OnWrite = null;
        await run.SubmitAsync(FakeCluster.Spec());
        await FakeCluster.UntilAsync(run, RunState.Completed);
    }

    private static async Task<IRunGrain> PausedAtAsync(FakeCluster cluster, int step)
    {
        cluster.Replicas.HoldAt(step);
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
        await cluster.Replicas.ReachedAsync();
        await run.PauseAsync();
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, RunState.Paused);
        return run;
    }

    /// <summary>Pauses at step 9 with the n-th write from then on failing. False if there were fewer writes.</summary>
    private static async Task<bool> PauseFailsAsync(FakeCluster cluster, IRunGrain run, int failing, WriteFailure kind)
    {
        cluster.Replicas.HoldAt(8);
        await run.ResumeAsync();
        await cluster.Replicas.ReachedAsync();
        await FakeCluster.UntilAsync(run, RunState.Running);
        int writes = 0;
        string own = run.GetPrimaryKeyString();
        cluster.Storage.OnWrite = key =>
            key.Contains(own, StringComparison.Ordinal) && Interlocked.Increment(ref writes) == failing ? kind : WriteFailure.None;
        try { await run.PauseAsync(); }
        catch (ClusterRequestException) { }
        cluster.Replicas.Release();
        await FakeCluster.UntilAsync(run, RunState.Paused, RunState.Failed, RunState.Completed);
        cluster.Storage.OnWrite = null;
        return writes >= failing;
    }
}
