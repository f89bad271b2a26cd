using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Tests.Unit.Hub;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoraCluster.Tests.Cluster;

/// <summary>Silos that get names at the hub instead of paths.</summary>
public sealed class HubModelTests
{
    [Fact]
    public async Task A_silo_pulls_what_a_spec_names_trains_on_it_and_names_the_repository_in_the_adapter()
    {
        using var folder = new TemporaryFolder();
        (string model, string dataset) = TinyEncoder.Write(folder);
        await using FakeHub hub = await FakeHub.StartAsync();
        FakeRepository weights = hub.Repository("owner/tiny"), rows = hub.Repository("datasets/owner/rows");
        foreach (string file in Directory.GetFiles(model)) weights.Add(Path.GetFileName(file), File.ReadAllBytes(file));
        foreach (string file in Directory.GetFiles(dataset)) rows.Add("part/" + Path.GetFileName(file), File.ReadAllText(file));
        var folders = new HubFolders(NullLogger<HubFolders>.Instance)
        {
            Options = () => hub.Options(folder.File("cache")),
        };
        var spec = new RunSpec
        {
            ModelPath = $"owner/tiny@{weights.Commit}", DatasetPath = $"owner/rows@{rows.Commit}:part", Rank = 2, GlobalBatchSize = 8,
            MicroBatchSize = 4, MaxSteps = 2, MaxLength = 24, Trainers = 2, CheckpointSeconds = 0,
        };
        await using FakeCluster cluster = await FakeCluster.StartRealAsync(1, folders);
        RunStatus done = await FakeCluster.UntilAsync(await cluster.SubmitAsync(spec), RunState.Completed);
        string config = System.Text.Encoding.UTF8.GetString(await cluster.DownloadAsync(done.Result!.ArtifactId, "adapter_config.json"));
        Assert.Contains("\"owner/tiny\"", config, StringComparison.Ordinal);
        // Two trainers of one silo: each byte came once.
        Assert.Equal(weights.Files.Count, hub.Seen.Count(r => r.OnCdn && r.Method == "GET"));

        RunStatus other = await FakeCluster.UntilAsync(
            await cluster.SubmitAsync(spec with { ModelPath = $"owner/nothing@{weights.Commit}" }), RunState.Failed);
        Assert.Contains("there is no model 'owner/nothing'", other.Reason, StringComparison.Ordinal);
    }
}
