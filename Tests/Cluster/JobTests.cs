using LoraCluster.Grains;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace LoraCluster.Tests.Cluster;

/// <summary>The life of a job, with a benchmark that measures nothing.</summary>
public sealed class JobTests
{
    private readonly FakeBenchmark _benchmark = new();

    private static BenchmarkSpec Spec { get; } = new() { Benchmark = "fake", Name = "a try" };

    [Fact]
    public async Task A_job_is_done_kept_listed_beside_runs_and_deleted()
    {
        await using FakeCluster cluster = await StartAsync(1);
        await cluster.TrainAsync(FakeCluster.Spec());
        IJobGrain job = await cluster.SubmitAsync(Spec);
        JobStatus done = await FakeCluster.UntilAsync(job, RunState.Completed);
        Assert.Equal(7, Assert.Single(Assert.IsType<BenchmarkResult>(done.Result).Measurements).Median);
        Assert.Equal((2, 2), (done.Done, done.Total));
        Assert.True(done.StartedAt >= done.SubmittedAt && done.EndedAt >= done.StartedAt);
        Assert.Equal(done.Silos, done.Result!.Environment.Select(f => f.Name));
        Assert.Equal(RunState.Completed, (await job.SubmitAsync(Spec)).State);
        await Assert.ThrowsAsync<ClusterRequestException>(() => job.SubmitAsync(Spec with { Name = "another" }));

        RunSummary[] listed = await ListAsync(cluster, 2);
        Assert.Equal([(RunKind.Benchmark, "7 rows/s", "fake"), (RunKind.Training, "accuracy 30.0 %", "lora")],
            listed.Select(r => (r.Kind, r.KeyFigure, r.Method)));
        Assert.All(listed, r => Assert.NotNull(r.EndedAt));

        await job.DeleteAsync();
        Assert.Null(await job.GetStatusAsync());
        Assert.Equal(RunKind.Training, Assert.Single(await ListAsync(cluster, 1)).Kind);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_with_all_faults_and_nothing_starts()
    {
        await using FakeCluster cluster = await StartAsync(2);
        IJobGrain job = cluster.Grains.GetGrain<IJobGrain>(JobIds.Create(RunKind.Benchmark));
        BenchmarkSpec bad = Spec with
        {
            Benchmark = "speed", Silos = ["silo-x"], Threads = 9, Name = new string('n', 101),
        };
        var refused = await Assert.ThrowsAsync<ClusterRequestException>(() => job.SubmitAsync(bad));
        string[] names = [.. cluster.Silos.Silos.Select(s => s.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(["name is of 101 characters; allowed are 100",
            $"silo is 'silo-x'; allowed are the silos there are: {string.Join(", ", names)}",
            "threads is 9; no silo has more than 2",
            "benchmark is 'speed'; allowed is allreduce, fake, inference, load, peer, scaling, tokenizer, training"],
            refused.Message.Split('\n'));
        var setting = await Assert.ThrowsAsync<ClusterRequestException>(() =>
            job.SubmitAsync(Spec with { Settings = new Dictionary<string, string> { ["rows"] = "3" } }));
        Assert.Contains("rows is no setting of fake", setting.Message, StringComparison.Ordinal);
        Assert.Null(await job.GetStatusAsync());
        IJobGrain evaluation = cluster.Grains.GetGrain<IJobGrain>(JobIds.Create(RunKind.Evaluation));
        await Assert.ThrowsAsync<ClusterRequestException>(() => evaluation.SubmitAsync(Spec));
    }

    [Fact]
    public async Task A_benchmark_has_its_silo_for_itself_and_others_wait()
    {
        await using FakeCluster cluster = await StartAsync(1);
        _benchmark.Hold();
        IJobGrain job = await cluster.SubmitAsync(Spec);
        await _benchmark.ReachedAsync();
        JobStatus running = await FakeCluster.UntilAsync(job, s => s.Phase == "first case", "its phase");
        Assert.Equal((RunState.Running, 1, 2), (running.State, running.Done, running.Total));
        NodeStatus node = Assert.Single(await cluster.Grains.GetGrain<IClusterGrain>(0).GetNodesAsync());
        Assert.Equal((node.Slots, running.JobId), (node.SlotsUsed, Assert.Single(node.Runs)));
        IRunGrain run = await cluster.SubmitAsync(FakeCluster.Spec());
        await FakeCluster.UntilAsync(run, s => s.Reason.Contains($"is held by {running.JobId} alone", StringComparison.Ordinal),
            "a reason");
        Assert.Equal(RunState.Running, (await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(9))[^1].State);
        _benchmark.Release();
        await FakeCluster.UntilAsync(job, RunState.Completed);
        await FakeCluster.UntilAsync(run, RunState.Completed);
    }

    [Fact]
    public async Task A_job_is_cancelled_while_it_works_and_one_that_fails_says_why()
    {
        await using FakeCluster cluster = await StartAsync(1);
        _benchmark.Hold();
        IJobGrain job = await cluster.SubmitAsync(Spec);
        await _benchmark.ReachedAsync();
        IJobGrain queued = await cluster.SubmitAsync(Spec);
        await queued.CancelAsync();
        await Assert.ThrowsAsync<ClusterRequestException>(job.DeleteAsync);
        await job.CancelAsync();
        JobStatus end = await FakeCluster.UntilAsync(job, RunState.Cancelled);
        Assert.Equal("cancelled by a user", end.Reason);
        await Assert.ThrowsAsync<ClusterRequestException>(job.CancelAsync);
        _benchmark.Release();

        IJobGrain failing = await cluster.SubmitAsync(Spec with { Settings = new Dictionary<string, string> { ["fail"] = "no luck" } });
        end = await FakeCluster.UntilAsync(failing, RunState.Failed);
        Assert.Equal($"{end.Silos[0]}: no luck", end.Reason);
        await failing.DeleteAsync();
    }

    [Fact]
    public async Task A_job_whose_silo_is_lost_fails_and_names_it()
    {
        await using FakeCluster cluster = await StartAsync(3);
        string victim = cluster.Silos.Silos[^1].Name;
        _benchmark.Hold();
        IJobGrain job = await cluster.SubmitAsync(Spec with { Silos = [victim] });
        await _benchmark.ReachedAsync();
        await FakeCluster.UntilAsync(job, s => s.Phase.Length > 0, "work");
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[^1]);
        JobStatus end = await FakeCluster.UntilAsync(job, RunState.Failed);
        _benchmark.Release();
        // The worker of a silo in this process may still say that it shuts down, before the silo is seen to be gone.
        Assert.Contains(victim, end.Reason, StringComparison.Ordinal);
        Assert.Matches("was lost while it worked|its silo shuts down", end.Reason);
        JobStatus next = await FakeCluster.UntilAsync(await cluster.SubmitAsync(Spec), RunState.Completed);
        Assert.DoesNotContain(victim, next.Silos);
    }

    private Task<FakeCluster> StartAsync(int silos) =>
        FakeCluster.StartAsync(silos, services: services => services.AddSingleton<IBenchmark>(_benchmark));

    private static async Task<RunSummary[]> ListAsync(FakeCluster cluster, int count)
    {
        IReadOnlyList<RunSummary> listed = await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(10);
        Assert.Equal(count, listed.Count);
        return [.. listed];
    }
}
