using System.Security.Cryptography;
using LoraCluster.Client;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client;

public sealed class AdapterPullTests : IDisposable
{
    private const string Run = "run-abcdefgh2345", Artifact = "a-hash";
    private readonly TemporaryFolder _folder = new();
    private readonly ClientRun _client = new(new FakeCluster());
    private readonly byte[] _weights = RandomNumberGenerator.GetBytes((2 * ArtifactManifest.ChunkBytes) + 5);

    public AdapterPullTests()
    {
        RunResult result = FakeCluster.Result() with { ArtifactId = Artifact };
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Completed) with { Result = result };
        Offer(("adapter_config.json", "{}"u8.ToArray()), ("adapter_model.safetensors", _weights), ("empty.txt", []));
    }

    private string Target => _folder.File("adapter");

    public void Dispose()
    {
        _folder.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task Files_arrive_whole()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("adapter", "pull", Run, "--output", Target, "--json"));
        Assert.Equal(_weights, await File.ReadAllBytesAsync(Path.Combine(Target, "adapter_model.safetensors")));
        IEnumerable<string?> names = Directory.EnumerateFiles(Target).Select(Path.GetFileName).Order();
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "empty.txt"], names);
        Assert.Equal(_weights.Length, Assert.Single(_client.Json).GetProperty("files")[1].GetProperty("bytes").GetInt32());
    }

    [Fact]
    public async Task Files_that_are_there_are_kept_unless_forced()
    {
        Directory.CreateDirectory(Target);
        string there = Path.Combine(Target, "adapter_config.json");
        await File.WriteAllTextAsync(there, "mine");
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("adapter", "pull", Run, "--output", Target));
        Assert.Equal("mine", await File.ReadAllTextAsync(there));
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("adapter", "pull", Run, "--output", Target, "--force"));
        Assert.Equal("{}", await File.ReadAllTextAsync(there));
    }

    [Fact]
    public async Task Damaged_bytes_leave_nothing_behind()
    {
        _client.Cluster.Files[(Artifact, "adapter_model.safetensors")] = [.. _weights[..^1], (byte)~_weights[^1]];
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("adapter", "pull", Run, "--output", Target));
        Assert.Contains("'adapter_model.safetensors' is damaged", _client.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Target));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(@"a\b")]
    [InlineData("")]
    public async Task A_name_that_leads_out_of_the_folder_is_refused(string name)
    {
        Offer((name, "x"u8.ToArray()));
        Assert.NotEqual(ExitCodes.Success, await _client.RunAsync("adapter", "pull", Run, "--output", Target));
        Assert.Contains("no plain file name", _client.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public async Task A_run_without_a_result_has_nothing_to_pull()
    {
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Running);
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("adapter", "pull", Run, "--output", Target));
        Assert.Contains("is running and has no result", _client.Errors, StringComparison.Ordinal);
    }

    private void Offer(params (string Name, byte[] Bytes)[] files)
    {
        static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
        _client.Cluster.Manifest = new ArtifactManifest(
            Run, [.. files.Select(file => new ArtifactFile(file.Name, file.Bytes.Length, Sha256(file.Bytes)))]);
        foreach ((string name, byte[] bytes) in files) _client.Cluster.Files[(Artifact, name)] = bytes;
    }
}
