using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

/// <summary>Each benchmark as a job on a tiny model: that it works and what it tells, not how fast anything is.</summary>
public sealed class BenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _dataset;

    public BenchmarkTests() => (_model, _dataset) = TinyEncoder.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inference_compares_base_unmerged_and_merged()
    {
        BenchmarkResult result = await RunAsync("inference", _model, null,
            ("batch-sizes", "1,3"), ("lengths", "8"), ("rounds", "3"), ("repetitions", "2"), ("warmup", "1"), ("rank", "2"));
        Assert.Equal(["batch 1, 8 tokens", "batch 3, 8 tokens"], result.Measurements.Select(m => m.Case).Distinct());
        Assert.Equal(["base", "unmerged", "merged"], result.Measurements.Select(m => m.Configuration).Distinct());
        Assert.All(result.Measurements.Where(m => m.Quantity == "latency"), m =>
        {
            Assert.Equal(6, m.Count);
            Assert.True(m.LowerQuartile <= m.Median && m.Median <= m.UpperQuartile && m.UpperQuartile <= m.P95 && m.P95 <= m.P99);
            Assert.Equal(m.Configuration != "base", m.Ratio is > 0);
        });
        Assert.Contains(result.Environment, fact => fact.Name == "kernels");
        Assert.StartsWith("unmerged x", result.KeyFigure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_compares_full_lora_and_head_in_processes_of_their_own()
    {
        BenchmarkResult result = await RunAsync("training", _model, _dataset, ("seeds", "1,2"), ("max-steps", "4"), ("warmup", "1"),
            ("global-batch", "8"), ("micro-batch", "4"), ("max-length", "16"), ("rank", "2"), ("max-examples", "40"));
        double Of(string method, string quantity) =>
            result.Measurements.Single(m => m.Configuration == method && m.Quantity == quantity).Median;
        Assert.True(Of("full", "parameters updated") > Of("lora", "parameters updated"));
        Assert.True(Of("lora", "parameters updated") > Of("head", "parameters updated"));
        Assert.Equal(8 * Of("lora", "parameters updated"), Of("lora", "optimizer state"));
        Assert.Equal(4 * Of("full", "parameters updated"), Of("full", "gradient exchanged per step"));
        Assert.True(Of("lora", "storage per checkpoint") < Of("full", "storage per checkpoint"));
        Assert.True(Of("head", "peak memory") > 1e7);
        Assert.Equal(6, result.Measurements.First(m => m.Quantity == "step time").Count);
        Assert.All(result.Measurements.Where(m => m.Quantity == "accuracy"), m => Assert.Equal(2, m.Count));
    }

    [Fact]
    public async Task Loading_is_measured_in_fresh_processes()
    {
        BenchmarkResult result = await RunAsync("load", _model, null, ("rounds", "1"), ("dtypes", "fp32"));
        Assert.Equal(["time to load", "time to first result", "resident memory", "peak memory"],
            result.Measurements.Select(m => m.Quantity));
        Assert.All(result.Measurements, m => Assert.True(m.Median > 0));
    }

    [Fact]
    public async Task The_tokenizer_has_a_speed()
    {
        BenchmarkResult result = await RunAsync("tokenizer", _model, _dataset, ("rounds", "2"), ("max-examples", "50"));
        Assert.Equal(["rows/s", "MB/s", "tokens/s"], result.Measurements.Select(m => m.Unit));
        Assert.All(result.Measurements, m => Assert.True(m.Median > 0 && m.Case == "50 rows, at most 128 tokens"));
    }

    [Fact]
    public async Task The_all_reduce_has_a_round_trip_on_one_silo_and_between_two()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        string[] names = [.. cluster.Silos.Silos.Select(s => s.Name)];
        foreach (string[] silos in (string[][])[[names[0]], names])
        {
            BenchmarkResult result = await RunAsync(cluster, new BenchmarkSpec
            {
                Benchmark = "allreduce", Silos = silos, Settings = new Dictionary<string, string>
                {
                    ["trainers"] = "1,3", ["payload-kb"] = "100", ["rounds"] = "5", ["warmup"] = "1",
                },
            });
            Assert.Equal(["1 trainer", "3 trainers"], result.Measurements.Select(m => m.Configuration).Distinct());
            Assert.All(result.Measurements, m => Assert.True(m.Median > 0 && m.Count == 5));
        }
    }

    [Fact]
    public async Task Scaling_trains_the_same_run_on_one_silo_and_on_two()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        BenchmarkResult result = await RunAsync(cluster, new BenchmarkSpec
        {
            Benchmark = "scaling", ModelPath = _model, DatasetPath = _dataset, Settings = new Dictionary<string, string>
            {
                ["max-steps"] = "4", ["warmup"] = "1", ["global-batch"] = "8", ["micro-batch"] = "4", ["max-length"] = "16", ["rank"] = "2",
            },
        });
        Assert.Equal(["1 silo", "2 silos"], result.Measurements.Select(m => m.Configuration).Distinct());
        Assert.All(result.Measurements.Where(m => m.Quantity == "step time"), m => Assert.Equal(3, m.Count));
        Measurement speed = result.Measurements.Single(m => m is { Configuration: "2 silos", Quantity: "training speed" });
        Measurement efficiency = result.Measurements.Single(m => m is { Configuration: "2 silos", Quantity: "efficiency" });
        Assert.Equal(50 * speed.Ratio!.Value, efficiency.Median, 9);
    }

    [Fact]
    public async Task The_peer_is_started_only_where_the_silo_was_given_a_Python()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("LORACLUSTER_PYTHON") is { Length: > 0 }, "this environment names a Python");
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        IJobGrain job = await cluster.SubmitAsync(new BenchmarkSpec { Benchmark = "peer", ModelPath = _model, DatasetPath = _dataset });
        JobStatus end = await FakeCluster.UntilAsync(job, RunState.Failed);
        Assert.Contains("LORACLUSTER_PYTHON is not set for this silo", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_there_fails_the_job_and_says_so()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        IJobGrain job = await cluster.SubmitAsync(new BenchmarkSpec
        {
            Benchmark = "load", ModelPath = "/nowhere/at/all", Settings = new Dictionary<string, string> { ["rounds"] = "1" },
        });
        JobStatus end = await FakeCluster.UntilAsync(job, RunState.Failed);
        Assert.Contains("/nowhere/at/all", end.Reason, StringComparison.Ordinal);
    }

    private static async Task<BenchmarkResult> RunAsync(
        string benchmark, string? model, string? dataset, params (string Name, string Value)[] settings)
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        return await RunAsync(cluster, new BenchmarkSpec
        {
            Benchmark = benchmark, ModelPath = model, DatasetPath = dataset, Settings = settings.ToDictionary(s => s.Name, s => s.Value),
        });
    }

    private static async Task<BenchmarkResult> RunAsync(FakeCluster cluster, BenchmarkSpec spec)
    {
        JobStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec), RunState.Completed);
        Assert.Equal(done.Total, done.Done);
        return Assert.IsType<BenchmarkResult>(done.Result);
    }
}
