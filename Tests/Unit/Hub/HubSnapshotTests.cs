using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubSnapshotTests
{
    [Fact]
    public async Task A_model_is_pulled_into_the_layout_that_python_knows()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot snapshot = await test.PullAsync();
        string commit = test.Hub.Repository(HubDownloads.Model).Commit, root = Path.Combine(test.CacheFolder, "models--owner--tiny");
        Assert.Equal(Path.Combine(root, "snapshots", commit), snapshot.Folder);
        Assert.Equal($"owner/tiny@{commit}", snapshot.Reference.ToString());
        Assert.Equal(["config.json", "vocab.txt", "model.safetensors"], snapshot.Files);
        Assert.Equal(snapshot.Files.Order(StringComparer.Ordinal), NamesIn(snapshot.Folder));
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
        Assert.Equal(commit, File.ReadAllText(Path.Combine(root, "refs", "main")));
        string etag = test.Hub.Repository(HubDownloads.Model).Files["model.safetensors"].ETag;
        Assert.Equal(Path.Combine("..", "..", "blobs", etag), new FileInfo(Path.Combine(snapshot.Folder, "model.safetensors")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(root, ".no_exist", commit, "tokenizer.json")));
        Assert.False(File.Exists(Path.Combine(root, ".no_exist", commit, "config.json")));
        Assert.True(File.Exists(Path.Combine(test.CacheFolder, ".locks", "models--owner--tiny", etag + ".lock")));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(root, "blobs")).Length);
    }

    [Fact]
    public async Task Progress_ends_at_all_bytes_of_all_files()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        await test.PullAsync();
        HubProgress last = test.Progress.Last();
        long bytes = test.Weights.Length + 2 + 6;
        Assert.Equal((3, 3, bytes, bytes), (last.FilesDone, last.Files, last.Bytes, last.TotalBytes));
    }

    [Fact]
    public async Task A_second_pull_asks_for_the_revision_and_no_bytes_and_a_pinned_one_for_nothing()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot first = await test.PullAsync();
        int before = test.Hub.Seen.Count;
        await test.PullAsync();
        Assert.Equal(before + 1, test.Hub.Seen.Count);
        HubSnapshot pinned = await test.PullAsync(first.Reference.ToString());
        Assert.Equal((first.Folder, before + 1), (pinned.Folder, test.Hub.Seen.Count));
    }

    [Fact]
    public async Task A_new_commit_shares_the_blobs_that_did_not_change()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot first = await test.PullAsync();
        FakeRepository repository = test.Hub.Repository(HubDownloads.Model);
        repository.Commit = new string('b', 40);
        repository.Add("config.json", "{ }");
        HubSnapshot second = await test.PullAsync();
        Assert.NotEqual(first.Folder, second.Folder);
        Assert.Equal(1, test.Hub.Seen.Count(r => r.OnCdn && r.Method == "GET"));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(first.Folder, "config.json")));
        Assert.Equal("{ }", File.ReadAllText(Path.Combine(second.Folder, "config.json")));
    }

    [Fact]
    public async Task A_renamed_repository_is_followed_and_kept_under_the_name_that_was_asked_for()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Rename("tiny", HubDownloads.Model);
        HubSnapshot snapshot = await test.PullAsync("tiny");
        Assert.Equal("tiny@" + test.Hub.Repository(HubDownloads.Model).Commit, snapshot.Reference.ToString());
        Assert.Contains("models--tiny", snapshot.Folder, StringComparison.Ordinal);
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task A_pull_request_s_revision_is_escaped_on_the_way_and_kept_under_refs()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository(HubDownloads.Model).Revisions.Add("refs/pr/7");
        await test.PullAsync("owner/tiny@refs/pr/7");
        Assert.Equal(1, test.Hub.Count("GET", "/revision/refs%2Fpr%2F7"));
        Assert.True(File.Exists(Path.Combine(test.CacheFolder, "models--owner--tiny", "refs", "refs", "pr", "7")));
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_alone()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Options = test.Options with { Token = "hf_secret" };
        await test.PullAsync();
        Assert.All(test.Hub.Seen, r => Assert.Equal(r.OnCdn ? null : "Bearer hf_secret", r.Authorization));
        Assert.Contains(test.Hub.Seen, r => r.OnCdn);
        Assert.All(test.Hub.Seen, r => Assert.StartsWith("loracluster/", r.Agent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_an_index_every_shard_is_pulled_and_pytorch_s_files_only_without_safetensors()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository("owner/sharded").Add("config.json", "{}").Add("merges.txt", "").Add("vocab.json", "{}")
            .Add("model.safetensors.index.json",
                """{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors", "c": "model-1-of-2.safetensors"}}""")
            .Add("model-1-of-2.safetensors", HubDownloads.RandomBytes(10)).Add("model-2-of-2.safetensors", HubDownloads.RandomBytes(11))
            .Add("pytorch_model.bin", HubDownloads.RandomBytes(12));
        Assert.Equal(["config.json", "vocab.json", "merges.txt", "model.safetensors.index.json", "model-1-of-2.safetensors",
            "model-2-of-2.safetensors"], (await test.PullAsync("owner/sharded")).Files);
        test.Hub.Repository("owner/old").Add("config.json", "{}").Add("pytorch_model.bin", HubDownloads.RandomBytes(12))
            .Add("flax_model.msgpack", HubDownloads.RandomBytes(13));
        Assert.Equal(["config.json", "pytorch_model.bin"], (await test.PullAsync("owner/old")).Files);
    }

    [Fact]
    public async Task A_repository_without_weights_is_refused_by_naming_what_it_holds()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository("owner/none").Add("config.json", "{}").Add("flax_model.msgpack", "x");
        string message = await test.RefusedAsync("owner/none");
        Assert.Contains("has no weights that can be read: allowed are model.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("it holds config.json, flax_model.msgpack", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_links_cannot_be_made_the_snapshot_holds_the_files()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Options = test.Options with { Symlinks = false };
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Null(new FileInfo(Path.Combine(snapshot.Folder, "model.safetensors")).LinkTarget);
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
        int before = test.Hub.Seen.Count;
        await test.PullAsync();
        Assert.Equal(before + 1, test.Hub.Seen.Count);
    }

    [Fact]
    public async Task Two_that_download_the_same_at_once_fetch_each_byte_once()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        test.Hub.Before = async (_, seen) =>
        {
            if (seen is { OnCdn: true, Method: "GET" })
            {
                arrived.TrySetResult();
                await release.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }
            return false;
        };
        var second = new Waiting(release);
        Task<HubSnapshot> one = Real(null);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Task<HubSnapshot> two = Real(second);
        HubSnapshot[] both = await Task.WhenAll(one, two).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(both[0].Folder, both[1].Folder);
        Assert.Equal(1, test.Hub.Seen.Count(r => r.OnCdn && r.Method == "GET"));
        Assert.Contains("another process downloads the same file", second.Said, StringComparison.Ordinal);

        Task<HubSnapshot> Real(IProgress<HubProgress>? progress) =>
            HubSnapshot.EnsureAsync(HubReference.Parse(HubDownloads.Model, HubKind.Model), test.Options, progress);
    }

    private static IEnumerable<string> NamesIn(string folder) =>
        Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>Lets the first go on as soon as the second waits.</summary>
    private sealed class Waiting(TaskCompletionSource release) : IProgress<HubProgress>
    {
        public string Said { get; private set; } = "";

        public void Report(HubProgress value)
        {
            if (value.Notice is not { } notice) return;
            Said = notice;
            release.TrySetResult();
        }
    }
}
