using LoraCluster.Grains.Benchmarks;
using LoraCluster.Grains.Jobs;

namespace LoraCluster.Tests.Unit.Benchmarks;

public sealed class BenchmarkFaultTests
{
    [Theory]
    [InlineData("batch-sizes", "1,1", "batch-sizes is 1,1; allowed is 1 to 16 different numbers from 1 to 1024, by commas")]
    [InlineData("batch-sizes", "8,none", "batch-sizes is 8,none; allowed is")]
    [InlineData("rounds", "0", "rounds is 0; allowed is 1 to 1000")]
    [InlineData("dtype", "fp8", "dtype is fp8; allowed is fp32, bf16")]
    [InlineData("batchsizes", "1", "batchsizes is no setting of inference; allowed are batch-sizes, lengths, rounds")]
    public void A_value_that_is_not_allowed_is_named_with_what_is(string setting, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(InferenceSettings.Of(Inference(setting, value)).Faults), StringComparison.Ordinal);

    [Fact]
    public void All_faults_come_at_once()
    {
        BenchmarkSpec spec = Inference("rounds", "x") with { ModelPath = null, DatasetPath = "sst2" };
        IReadOnlyList<string> faults = InferenceSettings.Of(spec).Faults;
        Assert.Equal(3, faults.Count);
        Assert.Contains("dataset is sst2; allowed is none: inference needs no data", faults);
    }

    [Fact]
    public void Training_checks_what_training_checks()
    {
        var spec = new BenchmarkSpec
        {
            Benchmark = "training", ModelPath = "m", DatasetPath = "d",
            Settings = new Dictionary<string, string> { ["micro-batch"] = "5", ["methods"] = "lora,prefix", ["warmup"] = "100" },
        };
        IReadOnlyList<string> faults = TrainingBenchmarkSettings.Of(spec).Faults;
        Assert.Contains("methods is lora,prefix; allowed is full, lora, head, by commas", faults);
        Assert.Contains("micro-batch is 5; allowed is a divisor of global-batch (32)", faults);
        Assert.Contains("warmup is 100; allowed is less than max-steps", faults);
    }

    [Fact]
    public void Messages_between_the_processes_come_back_as_they_went()
    {
        var training = new ChildTraining
        {
            ModelFolder = "m", Device = "cpu", Threads = 2, Dtype = "bf16", DatasetPath = "d", Method = "lora", Seed = 3, Steps = 4,
            MaxLength = 16, GlobalBatchSize = 8, MicroBatchSize = 4, Rank = 2, Alpha = 4, Targets = ["q", "v"],
        };
        var back = Assert.IsType<ChildTraining>(ChildJson.Read<ChildRequest>(ChildJson.Write<ChildRequest>(training)));
        Assert.Equal(training with { Targets = back.Targets }, back);
        Assert.Equal(["q", "v"], back.Targets);
        var fault = Assert.IsType<ChildFault>(ChildJson.Read<ChildAnswer>(ChildJson.Write<ChildAnswer>(new ChildFault("no such folder"))));
        Assert.Equal("no such folder", fault.Message);
    }

    [Fact]
    public void The_other_process_says_what_is_wrong()
    {
        var output = new StringWriter();
        var request = new ChildLoading { ModelFolder = "/nowhere/at/all", Device = "cpu", Threads = 1, Dtype = "fp32" };
        Assert.Equal(1, BenchmarkChild.Run(new OneLine(ChildJson.Write<ChildRequest>(request)), output));
        Assert.Contains("/nowhere/at/all", Assert.IsType<ChildFault>(ChildJson.Read<ChildAnswer>(output.ToString())).Message,
            StringComparison.Ordinal);
    }

    private static BenchmarkSpec Inference(string setting, string value) => new()
    {
        Benchmark = "inference", ModelPath = "model", Settings = new Dictionary<string, string> { [setting] = value },
    };

    /// <summary>An input that stays open, as that of a process whose asker lives.</summary>
    private sealed class OneLine(string line) : TextReader
    {
        public override string? ReadLine() => line;

        public override string ReadToEnd()
        {
            Thread.CurrentThread.Join(Timeout.Infinite);
            return "";
        }
    }
}
