using System.Security.Cryptography;
using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Grains;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;

namespace LoraCluster.Tests.Unit.Client;

public sealed class MergeCommandTests : IDisposable
{
    private const string Run = "run-abcdefgh2345";
    private readonly TemporaryFolder _folder = new();
    private readonly ClientRun _client = new(new FakeCluster());
    private readonly byte[] _weights = RandomNumberGenerator.GetBytes(FolderBytes.MaxBytes + 7);

    public MergeCommandTests()
    {
        Model = Folder("model", "config.json");
        Adapter = Folder("adapter", "adapter_config.json");
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Completed) with { Result = FakeCluster.Result() };
        Send(("config.json", "{}"u8.ToArray()), ("model.safetensors", _weights), ("empty.txt", []));
    }

    private string Model { get; }

    private string Adapter { get; }

    private string Output => _folder.File("merged");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_folder_streams_whole_and_is_reported()
    {
        Assert.Equal(ExitCodes.Success, await MergeAsync("--adapter", Adapter, "--adapter", Run, "--json"));
        Assert.Equal(_weights, await File.ReadAllBytesAsync(Path.Combine(Output, "model.safetensors")));
        Assert.Equal(3, Directory.GetFiles(Output).Length);
        MergeSpec spec = _client.Cluster.Merged!;
        Assert.Equal((Model, Adapter, Run), (spec.ModelPath, spec.Adapters[0].Folder, spec.Adapters[1].Name));
        Assert.Equal(FakeCluster.Result().ArtifactId, spec.Adapters[1].ArtifactId);
        JsonElement json = Assert.Single(_client.Json);
        Assert.Equal("a note", json.GetProperty("notices")[0].GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_weights)), json.GetProperty("files")[1].GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task A_silo_that_a_benchmark_has_for_itself_is_left_alone()
    {
        for (int k = 0; k < _client.Cluster.Nodes.Count; k++)
            _client.Cluster.Nodes[k] = _client.Cluster.Nodes[k] with { HeldBy = "bench-abcdefgh2345" };
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", Adapter));
        Assert.Contains("silo-1 is held by bench-abcdefgh2345 alone", _client.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output));

        _client.Cluster.Nodes[^1] = _client.Cluster.Nodes[^1] with { HeldBy = "" };
        Assert.Equal(ExitCodes.Success, await MergeAsync("--adapter", Adapter));
    }

    [Fact]
    public async Task Silos_elsewhere_get_names_at_the_hub_and_their_own_paths_as_they_are()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("merge", "--redis", "10.0.0.5:6379", "-m", "owner/base", 
            "-a", "owner/adapter", "-a", "/theirs/adapter", "-o", Output));
        MergeSpec spec = _client.Cluster.Merged!;
        Assert.Equal("owner/base", spec.ModelPath);
        Assert.Equal(["owner/adapter", "/theirs/adapter"], spec.Adapters.Select(a => a.Folder));
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("merge", "--redis", "10.0.0.5:6379", "-m", "./base", "-a", "owner/adapter",
            "-o", _folder.File("other")));
        Assert.Contains("allowed is then an absolute path on the silos, or a name at the hub", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_combination_goes_along()
    {
        Assert.Equal(ExitCodes.Success, await MergeAsync("-a", Adapter, "-a", Run, "--combination", "svd", "--weights", "0.7,-0.3",
            "--rank", "4", "--adapter-only"));
        MergeSpec spec = _client.Cluster.Merged!;
        Assert.Equal(("svd", 4, true), (spec.Combination, spec.Rank, spec.AdapterOnly));
        Assert.Equal([0.7, -0.3], spec.Weights);
        Assert.Contains("note: a note", _client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_and_nothing_is_asked()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("merge", "--model", _folder.File("none"), "--adapter", Model, "--weights", "1",
            "--rank", "2", "--adapter-only", "--output", Model));
        string[] faults = _client.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, faults.Length);
        Assert.Contains("which is not there", faults[0], StringComparison.Ordinal);
        Assert.Contains("which has no adapter_config.json", faults[1], StringComparison.Ordinal);
        Assert.Contains("not empty", faults[2], StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Theory]
    [InlineData("--weights 0.5 --combination cat", "needed for 2 adapters is as many numbers")]
    [InlineData("--weights 0.5,x --combination cat", "weights is 'x'")]
    [InlineData("--weights 0.5,0.5 --combination ties", "combination is 'ties'; allowed is linear, cat or svd")]
    [InlineData("--weights 0.5,0.5 --combination cat --rank 3", "allowed with --combination svd alone")]
    [InlineData("--weights 0.5,0.5 --combination svd --rank 0", "rank is 0; allowed is 1 or more")]
    public async Task A_combination_s_options_are_checked(string options, string fault)
    {
        Assert.Equal(ExitCodes.Usage, await MergeAsync(["-a", Adapter, "-a", Run, .. options.Split(' ')]));
        Assert.Contains(fault, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_an_adapter_is_refused()
    {
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Running);
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", Run));
        _client.Cluster.Runs[Run] = FakeCluster.Status(Run, RunState.Completed, "full") with { Result = FakeCluster.Result() };
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", Run));
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", "run-zzzzzzzz2345"));
        string[] faults = _client.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("is running and has no adapter", faults[0], StringComparison.Ordinal);
        Assert.Contains("trained by method full", faults[1], StringComparison.Ordinal);
        Assert.Contains("there is no run run-zzzzzzzz2345", faults[2], StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Fact]
    public async Task Whatever_breaks_leaves_nothing_behind()
    {
        List<FolderPart> whole = [.. _client.Cluster.Parts];
        _client.Cluster.MergeFault = new ClusterRequestException("it does not fit");
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", Adapter));
        Assert.Contains("it does not fit", _client.Errors, StringComparison.Ordinal);
        NothingIsLeft();

        _client.Cluster.MergeFault = null;
        await BrokenAsync([.. whole[..^1]], "2 of 3 files came");
        await BrokenAsync([.. whole[1..]], "it announced no files");
        await BrokenAsync([.. whole, new FolderFileEnd("")], "more files came than were announced");
        await BrokenAsync([whole[0], new FolderBytes("[]"u8.ToArray()), whole[2]], "the SHA-256 of 'config.json'");
        await BrokenAsync([whole[0], new FolderBytes(new byte[3])], "'config.json' has more than its 2 bytes");
        await BrokenAsync([whole[0], whole[0]], "FolderStart came out of its turn");
        Send(("../out", [1]));
        await BrokenAsync([.. _client.Cluster.Parts], "'../out' is no plain file name");
    }

    [Fact]
    public async Task A_folder_that_is_there_stays_unless_it_may_be_overwritten()
    {
        Folder("merged", "config.json");
        Assert.Equal(ExitCodes.Usage, await MergeAsync("--adapter", Adapter));
        Assert.Contains("--overwrite", _client.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, await MergeAsync("--adapter", Adapter, "--overwrite"));
        Assert.Equal(3, Directory.GetFiles(Output).Length);
    }

    private Task<int> MergeAsync(params string[] arguments) =>
        _client.RunAsync(["merge", "--model", Model, "--output", Output, .. arguments]);

    private async Task BrokenAsync(FolderPart[] parts, string fault)
    {
        _client.Cluster.Parts.Clear();
        _client.Cluster.Parts.AddRange(parts);
        Assert.Equal(ExitCodes.Failed, await MergeAsync("--adapter", Adapter));
        Assert.Contains(fault, _client.Errors, StringComparison.Ordinal);
        NothingIsLeft();
    }

    private void NothingIsLeft() =>
        Assert.Equal([Adapter, Model], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));

    private string Folder(string name, string file)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, file), "{}");
        return folder;
    }

    private void Send(params (string Name, byte[] Bytes)[] files)
    {
        List<FolderPart> parts = _client.Cluster.Parts;
        parts.Clear();
        parts.Add(new FolderStart([.. files.Select(f => new FolderFile(f.Name, f.Bytes.Length))], ["a note"], "merged"));
        foreach ((_, byte[] bytes) in files)
        {
            parts.AddRange(bytes.Chunk(FolderBytes.MaxBytes).Select(chunk => new FolderBytes(chunk)));
            parts.Add(new FolderFileEnd(Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }
    }
}
