using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client;

public sealed class BenchCommandTests : IDisposable
{
    private readonly ClientRun _client = new(new FakeCluster());
    private readonly ModelAndData _folders = new();

    public void Dispose()
    {
        _client.Dispose();
        _folders.Dispose();
    }

    [Fact]
    public async Task What_was_given_travels_by_its_name_and_nothing_else_does()
    {
        Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("bench", "inference", "--model", _folders.Model, "--batch-sizes", "1,8",
            "--rounds", "3", "--silos", "silo-2", "--threads", "2", "--name", "first"));
        var spec = Assert.IsType<BenchmarkSpec>(_client.Cluster.Jobs.Submitted);
        Assert.Equal(("inference", _folders.Model, null, "first", 2),
            (spec.Benchmark, spec.ModelPath, spec.DatasetPath, spec.Name, spec.Threads));
        Assert.Equal(["silo-2"], spec.Silos);
        Assert.Equal([("batch-sizes", "1,8"), ("rounds", "3")], spec.Settings.Select(s => (s.Key, s.Value)).OrderBy(s => s.Key));
    }

    [Fact]
    public async Task The_table_has_medians_quartiles_tails_and_ratios()
    {
        Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("bench", "inference", "--model", _folders.Model));
        foreach (string expected in (string[])["batch 8, 32 tokens", "12 ms", "11 - 13", "1.05 (1.02 - 1.08)", "unmerged x1.05", "Zen 5"])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
        Assert.Equal(4, _client.Cluster.Jobs.Submitted.Threads);
    }

    [Fact]
    public async Task Json_has_every_measurement()
    {
        Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("bench", "allreduce", "--payload-kb", "100", "--json"));
        JsonElement result = _client.Json[^1];
        Assert.Equal(1.05, result.GetProperty("measurements")[1].GetProperty("ratio").GetDouble());
        Assert.Equal("100", ((BenchmarkSpec)_client.Cluster.Jobs.Submitted).Settings["payload-kb"]);
    }

    [Theory]
    [InlineData("bench inference", "model is missing; needed is a folder with config.json")]
    [InlineData("bench tokenizer --model /nowhere/at/all", "dataset is missing")]
    [InlineData("bench load --model /nowhere/at/all", "model is '/nowhere/at/all', which is not there")]
    [InlineData("bench allreduce --threads 0", "threads is 0; allowed is 1 or more")]
    [InlineData("bench allreduce --payload 3", "did you mean --payload-kb?")]
    public async Task Bad_values_are_refused_before_anything_is_connected(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Theory]
    [InlineData("inference", "--batch-sizes <N,N>")]
    [InlineData("training", "--seeds <N,N>")]
    [InlineData("tokenizer", "--max-examples <N>")]
    [InlineData("load", "--dtypes <TYPES>")]
    [InlineData("allreduce", "--payload-kb <N,N>")]
    [InlineData("scaling", "--trainers <N,N>")]
    [InlineData("peer", "LORACLUSTER_PYTHON")]
    public async Task Each_has_help(string benchmark, string expected)
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("bench", benchmark, "--help"));
        Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
    }

    private void Complete()
    {
        var measurement = new Measurement
        {
            Configuration = "base", Case = "batch 8, 32 tokens", Quantity = "latency", Unit = "ms", Count = 20, Median = 12,
            LowerQuartile = 11, UpperQuartile = 13, P95 = 14, P99 = 15,
        };
        _client.Cluster.Jobs.End = job => job with
        {
            State = RunState.Completed, Result = new BenchmarkResult
            {
                KeyFigure = "unmerged x1.05", Environment = [new JobFact("processor", "Zen 5")],
                Measurements = [measurement, measurement with
                {
                    Configuration = "unmerged", Ratio = 1.05, RatioLowerQuartile = 1.02, RatioUpperQuartile = 1.08,
                }],
            },
        };
    }
}
