using System.Globalization;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

/// <summary>The real replica, tensors and all, in a cluster.</summary>
[Trait("Category", "Fidelity")]
public sealed class RealReplicaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_adapter_after_200_steps_is_the_same_for_1_to_4_trainers_with_dropout(int silos)
    {
        using var folder = new TemporaryFolder();
        RunSpec spec = SpecOf(folder);
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(silos);
        string? first = null;
        for (int trainers = 1; trainers <= 4; trainers++)
        {
            RunStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec with { Trainers = trainers }), RunState.Completed);
            Assert.Equal((200, 200), (done.Progress.Step, done.Progress.Steps));
            Assert.Equal(40, done.Result!.Rows);
            first ??= done.Result.WeightsSha256;
            Assert.Equal(first, done.Result.WeightsSha256);
        }
        if (silos == 1) return;

        // Interrupted at the last step of an epoch, and in the middle of the next one.
        IRunGrain run = await cluster.SubmitAsync(spec with { Trainers = 3, CheckpointSeconds = 0 });
        foreach (int step in new[] { 1, 21, 100 })
        {
            await FakeCluster.UntilAsync(run, s => s.State == RunState.Running && s.Progress.Step >= step, Text($"step {step}"));
            await run.PauseAsync();
            await FakeCluster.UntilAsync(run, RunState.Paused);
            await run.ResumeAsync();
        }
        RunStatus resumed = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(first, resumed.Result!.WeightsSha256);
    }

    [Theory]
    [InlineData("""{"r": 4, "lora_dropout": 0.1, "target_modules": ["q", "v"], "use_dora": true, "use_rslora": true, "bias": "all"}""")]
    [InlineData(
        """{"r": 2, "target_modules": ["q", "word_embeddings"], "use_dora": true, "bias": "lora_only", "rank_pattern": {".*0.*": 3}}""")]
    [InlineData("""{"r": 2, "target_modules": ["q", "v"], "init_lora_weights": "pissa"}""")]
    public async Task Every_variant_has_the_same_bits_for_1_and_3_trainers_and_after_a_pause(string adapter)
    {
        using var folder = new TemporaryFolder();
        RunSpec spec = SpecOf(folder) with { AdapterConfigJson = adapter, MaxSteps = 30, CheckpointSeconds = 0 };
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        RunStatus one = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec), RunState.Completed);
        IRunGrain run = await cluster.SubmitAsync(spec with { Trainers = 3 });
        await FakeCluster.UntilAsync(run, s => s.State == RunState.Running && s.Progress.Step >= 3, "step 3");
        await run.PauseAsync();
        await FakeCluster.UntilAsync(run, RunState.Paused);
        await run.ResumeAsync();
        RunStatus three = await FakeCluster.UntilAsync(run, RunState.Completed);
        Assert.Equal(one.Result!.WeightsSha256, three.Result!.WeightsSha256);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("head")]
    public async Task Other_methods_train_and_hand_back_a_model_folder(string method)
    {
        using var folder = new TemporaryFolder();
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        RunStatus done = await FakeCluster.UntilAsync(
            await cluster.SubmitAsync(SpecOf(folder) with { Trainers = 2, Method = method, MaxSteps = 10, Dtype = "bf16" }),
            RunState.Completed);
        byte[] weights = await cluster.DownloadAsync(done.Result!.ArtifactId, "model.safetensors");
        Assert.Equal(done.Result.WeightsBytes, weights.Length);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_and_one_with_other_bytes_fail_the_run_with_that_message()
    {
        using var folder = new TemporaryFolder();
        RunSpec spec = SpecOf(folder) with { MaxSteps = 3 };
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        RunStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec), RunState.Completed);
        Assert.Equal(64, done.Spec.ModelHash.Length);

        await File.AppendAllTextAsync(Path.Combine(spec.DatasetPath, "train.tsv"), "w1 w2\t1\n");
        RunStatus other = await FakeCluster.UntilAsync(await cluster.SubmitAsync(done.Spec), RunState.Failed);
        Assert.Contains($"the data set under {spec.DatasetPath} has the content", other.Reason, StringComparison.Ordinal);
        RunStatus missing = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec with { ModelPath = folder.File("none") }),
            RunState.Failed);
        Assert.Contains(folder.File("none"), missing.Reason, StringComparison.Ordinal);
    }

    private static RunSpec SpecOf(TemporaryFolder folder)
    {
        (string model, string dataset) = TinyEncoder.Write(folder);
        return new RunSpec
        {
            ModelPath = model, DatasetPath = dataset, Rank = 4, Dropout = 0.1, GlobalBatchSize = 8, MicroBatchSize = 2, Epochs = 1000,
            MaxSteps = 200, MaxLength = 24, Seed = 3, CheckpointSeconds = 0.2,
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
