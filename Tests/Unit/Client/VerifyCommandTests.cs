using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains.Work;

namespace LoraCluster.Tests.Unit.Client;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ClientRun _client = new(new FakeCluster());

    public VerifyCommandTests()
    {
        Model = Directory.CreateDirectory(_folder.File("model")).FullName;
        File.WriteAllText(Path.Combine(Model, "config.json"), "{}");
        File.WriteAllText(Path.Combine(Model, "model.safetensors"), "");
        _client.Cluster.VerifyParts.Add(new VerifyStep(1, 2, 3.5));
        _client.Cluster.VerifyParts.Add(Result(holds: true));
    }

    private string Model { get; }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_found_is_told_to_people_and_to_scripts()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("verify", "-m", Model, "--rank", "8", "-t", "q,k", "--steps", "2"));
        VerifySpec spec = _client.Cluster.Verified!;
        Assert.Equal((Model, 8, 16.0, 2, false), (spec.ModelPath, spec.Rank, spec.Alpha, spec.Steps, spec.RandomWeights));
        Assert.Equal(["q", "k"], spec.TargetModules);
        foreach (string part in new[] { "model.q  4 x 3, rank 2", "0.118 %", "adapter file", "ok      the base keeps its bits",
            "Once more" })
            Assert.Contains(part, _client.Output, StringComparison.Ordinal);

        using var scripts = new ClientRun(_client.Cluster);
        Assert.Equal(ExitCodes.Success, await scripts.RunAsync("verify", "-m", Model, "--json"));
        JsonElement json = Assert.Single(scripts.Json);
        Assert.True(json.GetProperty("holds").GetBoolean());
        Assert.Equal(147_456, json.GetProperty("trainableParameters").GetInt64());
    }

    [Fact]
    public async Task A_claim_that_does_not_hold_fails_the_command()
    {
        _client.Cluster.VerifyParts[1] = Result(holds: false);
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("verify", "-m", Model));
        Assert.Contains("FAILED  the base keeps its bits", _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_with_the_command_line_is_named_before_anything_starts()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("verify", "-m", _folder.File("none"), "--rank", "0", "--steps", "0",
            "--lr", "nan", "--max-new-tokens", "-1", "--dataset", "./nowhere"));
        foreach (string part in new[] { "model is ", "rank is 0", "steps is 0", "lr is ", "max-new-tokens is -1",
            "dataset is './nowhere'" })
            Assert.Contains(part, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Verified);
        File.Delete(Path.Combine(Model, "model.safetensors"));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("verify", "-m", Model));
        Assert.Contains("--random-weights", _client.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("verify"));
        Assert.Contains("model is missing", _client.Errors, StringComparison.Ordinal);
    }

    private static VerifyResult Result(bool holds) => new()
    {
        Swapped = [new VerifyModule("model.q", 4, 3, 2)], LinearModules = 73, TrainableParameters = 147_456, TotalParameters = 125_386_752,
        AdapterFileBytes = 592_000, BaseFileBytes = 500_957_184, FirstLoss = 3.5, LastLoss = 3.25, TextBefore = "Once",
        TextInjected = "Once", TextTrained = "Once more", TextReloaded = "Once more",
        Findings = [new VerifyFinding("the base keeps its bits", holds, "the same")],
    };
}
