using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Client.QuickStartRun;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client;

public sealed class QuickStartTests : IDisposable
{
    private readonly ModelAndData _folders = new();
    private readonly ClientRun _client;

    public QuickStartTests() => _client = new ClientRun(new FakeCluster()) { QuickStart = new Files(_folders) };

    public void Dispose()
    {
        _folders.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task It_trains_twice_and_shows_the_figures_side_by_side()
    {
        _client.Cluster.Complete();
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("quickstart"));
        Assert.Equal(["lora", "head"], _client.Cluster.Runs.Values.Select(run => run.Spec.Method));
        Assert.Equal(2e-3, _client.Cluster.Runs.Values.First().Spec.LearningRate);
        foreach (string expected in (string[])["before training (chance)", "50.0 %", "a head on the frozen base", "LoRA",
            "adapter pull run-", _folders.Model])
            Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_json_the_last_line_has_the_result_and_the_comparison()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("quickstart", "--json", "--no-comparison", "--seed", "2"));
        JsonElement last = _client.Json[^1];
        Assert.Equal("Completed", last.GetProperty("state").GetString());
        Assert.Equal(0.5, last.GetProperty("majorityAccuracy").GetDouble());
        Assert.Equal(JsonValueKind.Null, last.GetProperty("headAccuracy").ValueKind);
        Assert.Equal(2UL, Assert.Single(_client.Cluster.Runs.Values).Spec.Seed);
    }

    [Fact]
    public async Task A_failed_run_ends_it()
    {
        _client.Cluster.Then(run => run with { State = RunState.Failed, Reason = "no memory" });
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("quickstart"));
        Assert.Contains("no memory", _client.Errors, StringComparison.Ordinal);
        Assert.Single(_client.Cluster.Runs);
    }

    [Fact]
    public void Files_are_written_once_and_repaired()
    {
        string cache = _folders.PathOf("cache");
        static void Write(string folder) => File.WriteAllText(Path.Combine(folder, "train.tsv"), "sentence\tlabel\n");
        var files = new QuickStartFiles(_folders.Model, Write, cache);
        QuickStartFolders written = files.Write();
        string weights = Path.Combine(written.Model, "model.safetensors"), train = Path.Combine(written.Dataset, "train.tsv");
        DateTime before = File.GetLastWriteTimeUtc(weights);
        File.WriteAllText(train, "something else");
        files.Write();
        Assert.Equal(before, File.GetLastWriteTimeUtc(weights));
        Assert.Equal("sentence\tlabel\n", File.ReadAllText(train));
        IEnumerable<string?> names = Directory.EnumerateFiles(written.Model).Select(Path.GetFileName).Order();
        Assert.Equal(["config.json", "model.safetensors", "vocab.txt"], names);
    }

    private sealed class Files(ModelAndData folders) : IQuickStartFiles
    {
        public QuickStartFolders Write() => new(folders.Model, folders.Dataset);
    }
}
