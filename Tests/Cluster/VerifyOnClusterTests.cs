using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>The integrity check by the console on real grains and tensors.</summary>
[Trait("Category", "Fidelity")]
public sealed class VerifyOnClusterTests
{
    [Fact]
    public async Task Every_claim_holds_on_a_silo_with_weights_and_with_random_ones()
    {
        using var folder = new TemporaryFolder();
        string model = TinyDecoder.WriteModel(folder, TinyDecoder.Opt), texts = TinyDecoder.WriteTexts(folder, 20);
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(2);
        string[] common = ["verify", "-m", model, "--steps", "10", "--max-length", "32", "--max-new-tokens", "8", "--prompt",
            "the cat", "--json"];
        using ClientRun own = ConsoleOn.Cluster(cluster), random = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Success, await own.RunAsync([.. common, "--dataset", texts, "--target", "all-linear"]));
        JsonElement json = Assert.Single(own.Json);
        Assert.True(json.GetProperty("holds").GetBoolean());
        Assert.Equal(12, json.GetProperty("swapped").GetArrayLength());
        Assert.StartsWith("the cat", json.GetProperty("textBefore").GetString(), StringComparison.Ordinal);

        File.Delete(Path.Combine(model, "model.safetensors"));
        Assert.Equal(ExitCodes.Success, await random.RunAsync([.. common, "--random-weights", "--lr", "1e-2"]));
        Assert.Equal(4, Assert.Single(random.Json).GetProperty("swapped").GetArrayLength());
    }

    [Fact]
    public async Task A_classifier_is_refused_by_its_name()
    {
        using var folder = new TemporaryFolder();
        (string model, _) = TinyEncoder.Write(folder);
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1);
        using ClientRun client = ConsoleOn.Cluster(cluster);
        Assert.Equal(ExitCodes.Failed, await client.RunAsync("verify", "-m", model));
        Assert.Contains("BertForSequenceClassification", client.Errors, StringComparison.Ordinal);
    }
}
