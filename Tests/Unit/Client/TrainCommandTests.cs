using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Client;
using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Tests.Unit.Client;

public sealed class TrainCommandTests : IDisposable
{
    private readonly ModelAndData _folders = new();
    private readonly ClientRun _client = new(new FakeCluster());

    public void Dispose()
    {
        _folders.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Ends_with_a_table_of_what_was_reached()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train()));
        foreach (string expected in (string[])["87.7 % (765 of 872)", "samples/s", "590.0 kB", "0.324 % (73,728 of 22,786,176 parameters)",
            "295.0 kB", new string('a', 64)])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
        Assert.True(_client.Cluster.Disposed);
    }

    [Fact]
    public async Task The_defaults_are_those_of_the_issue()
    {
        _client.Cluster.Complete();
        await _client.RunAsync(_folders.Train());
        RunSpec spec = _client.Cluster.Submitted.Spec;
        Assert.Equal(new RunSpec { ModelPath = _folders.Model, DatasetPath = _folders.Dataset, Trainers = 2, ThreadsPerTrainer = 4,
            TargetModules = spec.TargetModules,
            ModelHash = spec.ModelHash, DatasetHash = spec.DatasetHash }, spec);
        Assert.Equal(["q", "v"], spec.TargetModules);
        Assert.True(RunIds.IsValid(_client.Cluster.Submitted.RunId));
    }

    [Fact]
    public async Task A_variant_of_lora_travels_as_an_adapter_config()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--rank", "4", "--rslora", "--dora", "--bias", "lora_only",
            "--init", "gaussian", "--target", "q")));
        RunSpec spec = _client.Cluster.Submitted.Spec;
        LoraConfig lora = AdapterFolder.ParseConfig(spec.AdapterConfigJson!, "the spec");
        Assert.Equal((4, 16.0, true, true), (lora.Rank, lora.Alpha, lora.RankStabilized, lora.WeightDecomposed));
        Assert.Equal((BiasTraining.LoraOnly, AdapterInitialization.Gaussian), (lora.Bias, lora.Initialization));
        Assert.Equal(["q"], lora.TargetModules.Names);
        Assert.Equal("lora, rank 4, alpha 16, dropout 0, target q, rsLoRA, DoRA, bias lora_only, init gaussian", SpecText.Method(spec));
        Assert.Empty(RunSpecMapping.Faults(spec));
    }

    [Fact]
    public async Task Every_option_reaches_the_spec()
    {
        _client.Cluster.Complete();
        int code = await _client.RunAsync(_folders.Train("--rank", "4", "--alpha", "8.5", "--dropout", "0.1", "--target", "q, k,v",
            "--epochs", "3", "--max-steps", "7",
            "--max-examples", "100", "--max-length", "64", "--batching", "random", "--lr", "2e-3", "--schedule", "cosine", "--warmup",
                "0.1", "--weight-decay", "0",
            "--max-grad-norm", "0", "--global-batch", "16", "--micro-batch", "4", "--trainers", "3", "--threads-per-trainer", "2",
                "--seed", "18446744073709551615",
            "--dtype", "bf16", "--checkpoint-seconds", "1.5", "--name", "a name", "--no-equal-bits",
            "--text-column", "sentence", "--label-column", "label"));
        Assert.Equal(ExitCodes.Success, code);
        RunSpec spec = _client.Cluster.Submitted.Spec;
        Assert.Equal(new RunSpec
        {
            Name = "a name", ModelPath = _folders.Model, DatasetPath = _folders.Dataset, Rank = 4, Alpha = 8.5, Dropout = 0.1,
                TargetModules = spec.TargetModules,
            Epochs = 3, MaxSteps = 7, MaxExamples = 100, MaxLength = 64, Batching = "random", LearningRate = 2e-3, Schedule = "cosine",
                Warmup = 0.1, WeightDecay = 0,
            MaxGradNorm = 0, GlobalBatchSize = 16, MicroBatchSize = 4, Trainers = 3, ThreadsPerTrainer = 2, Seed = ulong.MaxValue,
                Dtype = "bf16",
            TextColumn = "sentence", LabelColumn = "label",
            CheckpointSeconds = 1.5, RequireEqualBits = false, ModelHash = spec.ModelHash, DatasetHash = spec.DatasetHash,
        }, spec);
        Assert.Equal(["q", "k", "v"], spec.TargetModules);
    }

    [Fact]
    public async Task The_last_json_line_has_the_fields_that_scripts_rely_on()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--json")));
        JsonElement last = _client.Json[^1];
        Assert.Equal("Completed", last.GetProperty("state").GetString());
        Assert.Equal(_client.Cluster.Submitted.RunId, last.GetProperty("run").GetString());
        Assert.Equal(765.0 / 872, last.GetProperty("accuracy").GetDouble());
        Assert.Equal(765, last.GetProperty("correct").GetInt32());
        Assert.Equal(10, last.GetProperty("steps").GetInt32());
        Assert.Equal(5.0, last.GetProperty("seconds").GetDouble());
        Assert.Equal(412.5, last.GetProperty("samplesPerSecond").GetDouble());
        Assert.Equal(590_000, last.GetProperty("bytesPerStep").GetInt64());
        Assert.Equal(73_728, last.GetProperty("trainableParameters").GetInt64());
        Assert.Equal(22_786_176, last.GetProperty("totalParameters").GetInt64());
        Assert.Equal(295_000, last.GetProperty("adapterBytes").GetInt64());
        Assert.Equal(new string('a', 64), last.GetProperty("adapterSha256").GetString());
        Assert.False(last.TryGetProperty("modelSha256", out _));
        Assert.All(_client.Json.SkipLast(1), line => Assert.Equal("progress", line.GetProperty("event").GetString()));
    }

    [Theory]
    [InlineData("full", 0.0)]
    [InlineData("head", 5.0)]
    public async Task A_model_stands_instead_of_an_adapter(string method, double checkpointSeconds)
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--json", "--method", method)));
        JsonElement last = _client.Json[^1];
        Assert.Equal(new string('a', 64), last.GetProperty("modelSha256").GetString());
        Assert.Equal(295_000, last.GetProperty("modelBytes").GetInt64());
        Assert.False(last.TryGetProperty("adapterSha256", out _));
        Assert.Equal(checkpointSeconds, _client.Cluster.Submitted.Spec.CheckpointSeconds);
    }

    [Fact]
    public async Task A_failed_run_is_no_success_and_says_why()
    {
        _client.Cluster.Then(run => run with { State = RunState.Failed, Reason = "silo-2 holds another model", CheckpointStep = 40 });
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync(_folders.Train()));
        Assert.Contains("silo-2 holds another model", _client.Errors, StringComparison.Ordinal);
        Assert.Contains($"client resume {_client.Cluster.Submitted.RunId}", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detach_returns_at_once()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--detach", "--json")));
        Assert.Equal("Queued", Assert.Single(_client.Json).GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_first_interrupt_cancels_the_run_and_waits_for_its_end()
    {
        Task<int> running = _client.StartAsync(_folders.Train());
        await _client.Cluster.Waited.WaitAsync(TimeSpan.FromSeconds(30));
        _client.Interrupts.Raise();
        Assert.Equal(ExitCodes.Interrupted, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal([$"cancel {_client.Cluster.Submitted.RunId}"], _client.Cluster.Calls);
        Assert.Contains("is cancelled", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_interrupt_leaves_at_once()
    {
        using var client = new ClientRun(new FakeCluster { IgnoresCancel = true });
        Task<int> running = client.StartAsync(_folders.Train());
        await client.Cluster.Waited.WaitAsync(TimeSpan.FromSeconds(30));
        client.Interrupts.Raise();
        client.Interrupts.Raise();
        Assert.Equal(ExitCodes.Interrupted, await running.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task An_interrupt_before_the_submission_submits_nothing()
    {
        _client.Interrupts.Raise();
        Assert.Equal(ExitCodes.Interrupted, await _client.RunAsync(_folders.Train()));
        Assert.Empty(_client.Cluster.Runs);
    }

    [Fact]
    public async Task A_run_that_ends_while_it_is_cancelled_is_shown_as_it_ended()
    {
        _client.Cluster.ControlFault = new ClusterRequestException("the run is completed and cannot be cancelled");
        Task<int> running = _client.StartAsync(_folders.Train());
        await _client.Cluster.Waited.WaitAsync(TimeSpan.FromSeconds(30));
        _client.Cluster.Then(run => run with { State = RunState.Completed, Result = FakeCluster.Result() });
        _client.Interrupts.Raise();
        Assert.Contains(await running.WaitAsync(TimeSpan.FromSeconds(30)), (int[])[ExitCodes.Success, ExitCodes.Interrupted]);
    }

    [Fact]
    public async Task A_result_that_cannot_be_copied_is_shown_and_is_no_success()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync(_folders.Train("--output", _folders.PathOf("out"))));
        Assert.Contains("765 of 872", _client.Output, StringComparison.Ordinal);
        Assert.Contains($"client adapter pull {_client.Cluster.Submitted.RunId}", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_earlier_result_is_not_overwritten_unless_that_is_asked_for()
    {
        string output = _folders.PathOf("out"), weights = Path.Combine(output, "adapter_model.safetensors");
        Directory.CreateDirectory(output);
        await File.WriteAllTextAsync(weights, "an earlier run");
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train("--output", output)));
        Assert.Contains($"'{output}', which has adapter_model.safetensors already; allowed is another folder, or --force", _client.Errors,
            StringComparison.Ordinal);
        Assert.Equal("an earlier run", await File.ReadAllTextAsync(weights));

        byte[] trained = [1, 2, 3];
        string sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(trained));
        _client.Cluster.Manifest = new ArtifactManifest("run", [new ArtifactFile("adapter_model.safetensors", trained.Length, sha256)]);
        _client.Cluster.Files[(FakeCluster.Result().ArtifactId, "adapter_model.safetensors")] = trained;
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train("--output", output, "--force")));
        Assert.Equal(trained, await File.ReadAllBytesAsync(weights));
    }

    [Fact]
    public async Task A_lost_cluster_is_a_clear_error()
    {
        _client.Cluster.WaitFault = new ClientException(ExitCodes.NoCluster, "cluster test no longer answers");
        Assert.Equal(ExitCodes.NoCluster, await _client.RunAsync(_folders.Train()));
        Assert.Contains("error: cluster test no longer answers", _client.Errors, StringComparison.Ordinal);
        Assert.Contains($"client watch {_client.Cluster.Submitted.RunId}", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_cluster_is_told_line_by_line()
    {
        _client.Cluster.SubmitFault = new ClusterRequestException("first fault\nsecond fault");
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync(_folders.Train()));
        Assert.Equal(["error: first fault", "error: second fault"], _client.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
