using LoraCluster.Client;
using LoraCluster.Client.Downloads;
using LoraCluster.Tests.Unit.Hub;

namespace LoraCluster.Tests.Unit.Client;

public sealed class HubNameTests : IAsyncLifetime
{
    private readonly ModelAndData _folders = new();
    private HubDownloads _hub = null!;
    private ClientRun _client = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubDownloads.StartAsync();
        _client = new ClientRun(new FakeCluster()) { Hub = _hub.Options };
        FakeRepository model = _hub.Hub.Repository("owner/model"), rows = _hub.Hub.Repository("datasets/owner/rows");
        foreach (string file in Directory.GetFiles(_folders.Model))
            model.Add(Path.GetFileName(file), File.ReadAllBytes(file), file.EndsWith(".safetensors", StringComparison.Ordinal));
        foreach (string file in Directory.GetFiles(_folders.Dataset)) rows.Add("sst2/" + Path.GetFileName(file), File.ReadAllText(file));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _folders.Dispose();
        await _hub.DisposeAsync();
    }

    private string ModelFolder => Path.Combine(_hub.CacheFolder, "models--owner--model", "snapshots", Commit);

    private string Commit => _hub.Hub.Repository("owner/model").Commit;

    [Fact]
    public async Task A_run_on_this_machine_reads_the_cache_s_folders()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("train", "--model", "owner/model", "--dataset", "owner/rows:sst2"));
        Assert.Equal(ModelFolder, _client.Cluster.Submitted.Spec.ModelPath);
        Assert.Equal(Path.Combine(_hub.CacheFolder, "datasets--owner--rows", "snapshots", Commit, "sst2"),
            _client.Cluster.Submitted.Spec.DatasetPath);
        Assert.Equal(64, _client.Cluster.Submitted.Spec.ModelHash.Length);
        Assert.Contains($"pulled owner/model@{Commit}: 3 files, ", _client.Errors, StringComparison.Ordinal);
        Assert.Contains("owner/model: model.safetensors (3 of 3), ", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_subset_of_a_folder_that_is_here_is_never_asked_for_at_the_hub()
    {
        Assert.True(HubPull.IsLocal(_folders.Dataset + ":sst2"));
        Assert.False(HubPull.IsLocal("owner/rows:sst2"));
        Assert.False(HubPull.IsLocal(":sst2"));
    }

    [Fact]
    public async Task A_run_elsewhere_names_the_commit_that_was_checked_here()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("train", "--model", "owner/model", "--revision", "main", "--dataset",
            "owner/rows:sst2", "--redis", "10.0.0.5:6379"));
        Assert.Equal($"owner/model@{Commit}", _client.Cluster.Submitted.Spec.ModelPath);
        Assert.Equal($"owner/rows@{Commit}:sst2", _client.Cluster.Submitted.Spec.DatasetPath);
        Assert.Equal(64, _client.Cluster.Submitted.Spec.DatasetHash.Length);
    }

    [Fact]
    public async Task Faults_of_the_command_line_are_told_before_anything_is_downloaded()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("train", "--model", "owner/model", "--dataset", "a/b/c", "--rank", "0"));
        Assert.Contains("rank is 0", _client.Errors, StringComparison.Ordinal);
        Assert.Contains("dataset is 'a/b/c', which is not there; allowed is a folder with a split train and one to evaluate on, "
            + "FOLDER:SUBSET, or a file, or a name at the hub ('a/b/c' is no name at the hub", _client.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(_folders.Train("--revision", "v1")));
        Assert.Contains("revision is 'v1', but model is '", _client.Errors, StringComparison.Ordinal);
        Assert.Empty(_hub.Hub.Seen);
    }

    [Fact]
    public async Task A_folder_of_that_name_is_local_and_the_hub_is_not_asked()
    {
        _client.Cluster.Complete();
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(_folders.Train()));
        Assert.Empty(_hub.Hub.Seen);
    }

    [Fact]
    public async Task Download_prints_the_folder_alone()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("download", "owner/model"));
        Assert.Equal(ModelFolder, _client.Output.Trim());
        using var second = new ClientRun(new FakeCluster()) { Hub = _hub.Options };
        Assert.Equal(ExitCodes.Success, await second.RunAsync("download", "--dataset", "owner/rows:sst2", "--revision", Commit, "--json"));
        Assert.Equal((Commit, "sst2"), (second.Json[0].GetProperty("commit").GetString(),
            Path.GetFileName(second.Json[0].GetProperty("folder").GetString())));
        Assert.Equal(2, second.Json[0].GetProperty("files").GetArrayLength());
    }

    [Theory]
    [InlineData("give MODEL or --dataset NAME", "download")]
    [InlineData("give MODEL or --dataset NAME", "download", "a/b", "--dataset", "c/d")]
    [InlineData("'a b' is no name at the hub", "download", "a b")]
    [InlineData("revision is '..'", "download", "a/b", "--revision", "..")]
    public async Task A_download_of_nothing_is_refused(string expected, params string[] arguments)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(arguments));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_fails_says_why()
    {
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("download", "owner/nothing"));
        Assert.Contains("error: there is no model 'owner/nothing' at http://127.0.0.1:", _client.Errors, StringComparison.Ordinal);
        Assert.Equal("", _client.Output);
    }

    [Fact]
    public async Task Tokenize_pulls_the_tokenizer_alone_and_inspect_takes_models_and_data_sets()
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("tokenize", "--model", "owner/model", "good film"));
        Assert.Contains("[CLS] good film [SEP]", _client.Output, StringComparison.Ordinal);
        Assert.Equal(0, _hub.Hub.Count("GET", "model.safetensors"));
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", "owner/model"));
        Assert.Equal(1, _hub.Hub.Seen.Count(r => r.OnCdn && r.Method == "GET"));
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("inspect", "owner/rows:sst2", "--model", "owner/model"));
        Assert.Contains("train: rows", _client.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await _client.RunAsync("inspect", "datasets/owner/nothing"));
        Assert.Contains("there is no data set 'owner/nothing'", _client.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_terminal_a_bar_is_drawn_and_cleared()
    {
        _client.Console.Profile.Capabilities.Interactive = true;
        _client.Console.Profile.Capabilities.Ansi = true;
        Assert.Equal(ExitCodes.Success, await _client.RunAsync("download", "owner/model"));
        Assert.Contains("pulled owner/model@", _client.Output, StringComparison.Ordinal);
        Assert.EndsWith(ModelFolder, _client.Output.TrimEnd(), StringComparison.Ordinal);
    }
}
