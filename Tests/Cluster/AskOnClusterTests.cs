using System.Runtime.InteropServices;
using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains.Runs;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>Predicting and generating by the console on real grains and tensors.</summary>
public sealed class AskOnClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Texts_are_labelled_from_the_command_line_a_file_and_standard_input_alike()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (string model, string dataset) = TinyEncoder.Write(_folder);
        IRunGrain grain = await cluster.SubmitAsync(new RunSpec
        {
            ModelPath = model, DatasetPath = dataset, Rank = 2, GlobalBatchSize = 8, MicroBatchSize = 4, MaxSteps = 3, MaxLength = 24,
        });
        string run = (await FakeCluster.UntilAsync(grain, RunState.Completed)).RunId;
        string[] texts = ["w1 w2 w40", "w50", "", "w7 w8 w9 w10 w11"];
        await File.WriteAllLinesAsync(_folder.File("texts.txt"), texts);
        using ClientRun file = ConsoleOn.Cluster(cluster), input = ConsoleOn.Cluster(cluster, string.Join('\n', texts)),
            single = ConsoleOn.Cluster(cluster), merged = ConsoleOn.Cluster(cluster), people = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await file.RunAsync("predict", "-m", run, "--file", _folder.File("texts.txt"), "--json"));
        Assert.Equal(ExitCodes.Success, await input.RunAsync("predict", "-m", model, "-a", run, "--json"));
        Assert.Equal(ExitCodes.Success, await single.RunAsync("predict", "-a", run, texts[1], "--json"));
        Assert.Equal(ExitCodes.Success, await merged.RunAsync("predict", "-m", run, "--merge", texts[1], "--json"));
        Assert.Equal(ExitCodes.Success, await people.RunAsync("predict", "-m", run, texts[0]));
        Assert.Equal(file.Output, input.Output);
        Assert.Equal(texts, file.Json.Select(line => line.GetProperty("text").GetString()));
        Assert.Equal([0, 1, 2, 3], file.Json.Select(line => line.GetProperty("index").GetInt32()));
        double[] together = Probabilities(file.Json[1]), alone = Probabilities(single.Json[0]), after = Probabilities(merged.Json[0]);
        Assert.Equal(1, together.Sum(), 1e-6);
        for (int k = 0; k < together.Length; k++)
        {
            Assert.Equal(together[k], alone[k], 1e-5);
            Assert.Equal(together[k], after[k], 1e-5);
        }
        Assert.EndsWith("\tw1 w2 w40\n", people.Output, StringComparison.Ordinal);
        Assert.StartsWith("LABEL_", people.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_is_written_as_the_seed_says_and_a_cut_at_the_positions_is_told()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        string model = TinyDecoder.WriteModel(_folder, TinyDecoder.Llama);
        string[] sampled = ["generate", "-m", model, "the cat", "--temperature", "1", "--top-k", "50", "--max-new-tokens", "12"];
        using ClientRun first = ConsoleOn.Cluster(cluster), same = ConsoleOn.Cluster(cluster), other = ConsoleOn.Cluster(cluster),
            cut = ConsoleOn.Cluster(cluster), people = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await first.RunAsync([.. sampled, "--seed", "3", "--json"]));
        Assert.Equal(ExitCodes.Success, await same.RunAsync([.. sampled, "--seed", "3", "--json"]));
        Assert.Equal(ExitCodes.Success, await other.RunAsync([.. sampled, "--seed", "4", "--json"]));
        Assert.Equal(first.Output, same.Output);
        Assert.NotEqual(first.Output, other.Output);
        Assert.Equal(ExitCodes.Success, await people.RunAsync([.. sampled, "--seed", "3"]));
        string text = first.Json[0].GetProperty("text").GetString()!;
        Assert.Equal(("the cat" + text + "\n").ReplaceLineEndings("\n"), people.Output.ReplaceLineEndings("\n"));

        Assert.Equal(ExitCodes.Success, await cut.RunAsync("generate", "-m", model, "the cat", "--max-new-tokens", "500"));
        if (!cut.Errors.Contains("cut: the model has 64 positions", StringComparison.Ordinal))
            Assert.Fail($"no end token can come from greedy decoding here: {cut.Output} {cut.Errors}");
    }

    [Fact]
    public async Task A_model_of_the_other_kind_is_refused_with_the_right_command()
    {
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        (string encoder, _) = TinyEncoder.Write(_folder);
        string decoder = TinyDecoder.WriteModel(_folder, TinyDecoder.Llama, "decoder");
        using ClientRun predict = ConsoleOn.Cluster(cluster), generate = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await predict.RunAsync("predict", "-m", decoder, "a text"));
        Assert.Contains("'client generate'", predict.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await generate.RunAsync("generate", "-m", encoder, "a text"));
        Assert.NotEqual("", generate.Errors);
    }

    [Fact]
    [Trait("Category", "Fidelity")]
    public async Task Probabilities_are_the_reference_s()
    {
        string adapter = SharedData.Require(Path.Combine(SharedData.Fixtures, "real", "minilm-l6-sst2-peft"));
        string model = SharedData.Require(Path.Combine(SharedData.Data, "all-minilm-l6-v2"));
        string dev = SharedData.Require(Path.Combine(SharedData.Data, "sst2", "dev.tsv"));
        const int rows = 20;
        string[] texts = [.. File.ReadLines(dev).Skip(1).Take(rows).Select(line => line.Split('\t')[0])];
        float[] logits = Logits(Path.Combine(adapter, "dev_logits.safetensors"), rows);
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        using ClientRun client = ConsoleOn.Cluster(cluster, string.Join('\n', texts));
        Assert.Equal(ExitCodes.Success, await client.StartAsync("predict", "-m", model, "-a", adapter, "--json")
            .WaitAsync(TimeSpan.FromMinutes(2)));
        for (int row = 0; row < rows; row++)
        {
            double expected = 1 / (1 + Math.Exp(logits[2 * row] - logits[2 * row + 1]));
            Assert.Equal(expected, Probabilities(client.Json[row])[1], 5e-5);
            Assert.Equal(expected > 0.5 ? 1 : 0, client.Json[row].GetProperty("predicted").GetInt32());
        }
    }

    [Fact]
    [Trait("Category", "Fidelity")]
    public async Task A_real_model_writes_its_reference_text()
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, "stories260K"));
        JsonElement expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "reference.json"))).RootElement;
        string story = expected.GetProperty("greedy_text").GetString()!;
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        using ClientRun client = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await client.RunAsync("generate", "-m", folder, "Once upon a time", "--max-new-tokens", "100",
            "--json"));
        string written = "Once upon a time" + client.Json[0].GetProperty("text").GetString();
        Assert.StartsWith(written, story.TrimStart(), StringComparison.Ordinal);
        Assert.True(written.Length > 150, written);
    }

    private static double[] Probabilities(JsonElement line) =>
        [.. line.GetProperty("probabilities").EnumerateObject().Select(p => p.Value.GetDouble())];

    private static float[] Logits(string path, int rows)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        return [.. MemoryMarshal.Cast<byte, float>(reader.Bytes("logits"))[..(rows * 2)]];
    }
}
