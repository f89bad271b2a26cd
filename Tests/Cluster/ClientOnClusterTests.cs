using System.Security.Cryptography;
using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Client.Connection;
using LoraCluster.Grains.Runs;
using LoraCluster.Tests.Unit.Client;

namespace LoraCluster.Tests.Cluster;

/// <summary>The console on real grains: contracts, serialization and the life of a run, with fake replicas.</summary>
public sealed class ClientOnClusterTests
{
    /// <summary>Folders that only the silos have: the client neither looks into them nor hashes them.</summary>
    private static readonly string[] Train =
    [
        "train", "--redis", "10.0.0.5:6379", "--model", "/models/fake", "--dataset", "/data/fake", "--trainers", "2",
        "--global-batch", "16", "--micro-batch", "4", "--max-examples", "70", "--epochs", "4", "--seed", "7",
    ];

    [Fact]
    public async Task A_run_is_trained_shown_and_its_adapter_copied()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        using var folder = new TemporaryFolder();
        string output = folder.File("adapter");
        using ClientRun train = Client(cluster);
        Assert.Equal(ExitCodes.Success, await train.RunAsync([.. Train, "--json", "--output", output]));
        JsonElement last = train.Json[^1];
        Assert.Equal("Completed", last.GetProperty("state").GetString());
        Assert.Equal(20, last.GetProperty("steps").GetInt32());
        Assert.Equal(21, last.GetProperty("correct").GetInt32());
        Assert.True(last.GetProperty("bytesPerStep").GetInt64() > 0);
        byte[] weights = await File.ReadAllBytesAsync(Path.Combine(output, "adapter_model.safetensors"));
        Assert.Equal(last.GetProperty("adapterSha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(weights)));
        Assert.Equal(last.GetProperty("adapterBytes").GetInt64(), weights.Length);

        string run = last.GetProperty("run").GetString()!;
        foreach (string[] command in (string[][])[["show", run], ["runs"], ["watch", run], ["cluster"]])
        {
            using ClientRun client = Client(cluster);
            Assert.Equal(ExitCodes.Success, await client.RunAsync(command));
        }
        using ClientRun delete = Client(cluster), again = Client(cluster);
        Assert.Equal(ExitCodes.Success, await delete.RunAsync("delete", run));
        Assert.Equal(ExitCodes.Failed, await again.RunAsync("show", run));
    }

    [Fact]
    public async Task An_interrupted_run_ends_within_a_step_and_resumes_to_the_same_bits()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        using ClientRun whole = Client(cluster), interrupted = Client(cluster), resumed = Client(cluster);
        Assert.Equal(ExitCodes.Success, await whole.RunAsync([.. Train, "--json"]));

        cluster.Replicas.HoldAt(9);
        Task<int> running = interrupted.StartAsync([.. Train, "--json"]);
        await cluster.Replicas.ReachedAsync();
        interrupted.Interrupts.Raise();
        RunSummary newest = (await cluster.Grains.GetGrain<IRunIndexGrain>(0).ListAsync(1))[0];
        await FakeCluster.UntilAsync(cluster.Grains.GetGrain<IRunGrain>(newest.RunId), RunState.Cancelling);
        cluster.Replicas.Release();
        Assert.Equal(ExitCodes.Interrupted, await running.WaitAsync(TimeSpan.FromSeconds(60)));
        JsonElement last = interrupted.Json[^1];
        Assert.Equal("Cancelled", last.GetProperty("state").GetString());
        Assert.InRange(last.GetProperty("steps").GetInt32(), 9, 10);

        Assert.Equal(ExitCodes.Success, await resumed.RunAsync("resume", last.GetProperty("run").GetString()!, "--watch", "--json"));
        Assert.Equal(whole.Json[^1].GetProperty("adapterSha256").GetString(), resumed.Json[^1].GetProperty("adapterSha256").GetString());
    }

    [Fact]
    public async Task A_silo_that_cannot_load_the_model_fails_the_run_with_its_words()
    {
        await using FakeCluster cluster = await FakeCluster.StartAsync(1);
        using ClientRun client = Client(cluster);
        string[] missing = [.. Train.Select(word => word == "/models/fake" ? "/missing/model" : word)];
        Assert.Equal(ExitCodes.Failed, await client.RunAsync(missing));
        Assert.Contains("there is no model folder /missing/model", client.Errors, StringComparison.Ordinal);
    }

    private static ClientRun Client(FakeCluster cluster) => new(new Unit.Client.FakeCluster()) { Connector = new Connector(cluster) };

    private sealed class Connector(FakeCluster cluster) : IClusterConnector
    {
        public bool MayBeElsewhere(ClusterTarget target) => target.Store is not null;

        public Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken) =>
            Task.FromResult<IClusterConnection>(new GrainConnection(
                cluster.Grains, "the test's cluster", TimeProvider.System, TimeSpan.FromSeconds(30), () => ValueTask.CompletedTask));
    }
}
