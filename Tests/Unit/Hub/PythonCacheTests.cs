using System.Diagnostics;
using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

/// <summary>
/// Beside huggingface_hub itself: what one has downloaded the other finds. Needs python3 and the packages that reference/setup of the
/// optional local data unpacks.
/// </summary>
public sealed class PythonCacheTests
{
    private const string WhatWasPulled = """
        import os, huggingface_hub as h
        from huggingface_hub.file_download import _CACHED_NO_EXIST
        print(h.hf_hub_download("owner/tiny", "model.safetensors"))
        print(h.snapshot_download("owner/tiny", local_files_only=True))
        print(h.try_to_load_from_cache("owner/tiny", "tokenizer.json") is _CACHED_NO_EXIST)
        info = h.scan_cache_dir()
        print([(r.repo_id, r.repo_type, r.nb_files, sorted(x.commit_hash for x in r.revisions)) for r in info.repos], info.warnings)
        """;

    private const string Pull = """
        import huggingface_hub as h
        print(h.snapshot_download("owner/tiny", allow_patterns=["config.json", "vocab.txt", "model.safetensors"]))
        print(h.snapshot_download("owner/rows", repo_type="dataset"))
        """;

    [Fact]
    public async Task Python_finds_what_was_pulled_here()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot snapshot = await test.PullAsync();
        string[] lines = await PythonAsync(test, WhatWasPulled, offline: true);
        Assert.Equal(Path.Combine(snapshot.Folder, "model.safetensors"), lines[0]);
        Assert.Equal(snapshot.Folder, lines[1]);
        Assert.Equal("True", lines[2]);
        Assert.Equal($"[('owner/tiny', 'model', 3, ['{snapshot.Reference.Revision}'])] []", lines[3]);
    }

    [Fact]
    public async Task What_python_has_pulled_is_found_here()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository(HubDownloads.Dataset).Add("train.csv", "a,b\n").Add("data/dev.csv", "a,b\n");
        string[] folders = await PythonAsync(test, Pull, offline: false);
        int before = test.Hub.Seen.Count;
        HubSnapshot online = await test.PullAsync();
        Assert.Equal((folders[0], before + 1), (online.Folder, test.Hub.Seen.Count));
        test.Options = test.Options with { Offline = true };
        Assert.Equal(folders[0], (await test.PullAsync()).Folder);
        HubSnapshot rows = await test.PullAsync("owner/rows", HubKind.Dataset);
        Assert.Equal(folders[1], rows.Folder);
        Assert.Equal(["data/dev.csv", "train.csv"], rows.Files.Order(StringComparer.Ordinal));
        Assert.Equal(before + 1, test.Hub.Seen.Count);
    }

    [Fact]
    public async Task Python_s_lock_is_respected()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        string name = Path.GetFileName(test.BlobOf("config.json")) + ".lock";
        string path = Path.Combine(test.CacheFolder, ".locks", "models--owner--tiny", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Process python = Start(test, $"""
            from huggingface_hub.utils import WeakFileLock
            with WeakFileLock("{path}"): print("held", flush=True); input()
            """, offline: true);
        Assert.Equal("held", await python.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<HubSnapshot> pull = HubSnapshot.EnsureAsync(HubReference.Parse(HubDownloads.Model, HubKind.Model), test.Options,
            new OnNotice(waits.SetResult));
        await waits.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, test.Hub.Count("GET", "/config.json"));
        await python.StandardInput.WriteLineAsync();
        await pull.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(1, test.Hub.Count("GET", "/config.json"));
    }

    [Fact]
    public async Task A_pinned_commit_that_python_has_listed_and_pulled_is_never_asked_for()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository(HubDownloads.Dataset).Add("train.csv", "a,b\n");
        await PythonAsync(test, Pull, offline: false);
        int before = test.Hub.Seen.Count;
        await test.PullAsync("owner/tiny@" + test.Hub.Repository(HubDownloads.Model).Commit);
        Assert.Equal(before, test.Hub.Seen.Count);
    }

    private static async Task<string[]> PythonAsync(HubDownloads test, string script, bool offline)
    {
        using Process process = Start(test, script, offline);
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        Task<string> output = process.StandardOutput.ReadToEndAsync(bound.Token), error = process.StandardError.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        Assert.True(process.ExitCode == 0, await error);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Process Start(HubDownloads test, string script, bool offline)
    {
        string packages = Path.Combine(Path.GetTempPath(), "peft-reference");
        Assert.SkipUnless(File.Exists(Path.Combine(packages, ".complete")),
            $"huggingface_hub is absent: reference/setup of the optional local data has not unpacked {packages}");
        var start = new ProcessStartInfo("python3", ["-c", script])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PYTHONPATH"] = packages;
        start.Environment["HF_ENDPOINT"] = test.Hub.Endpoint;
        start.Environment["HF_HUB_CACHE"] = test.CacheFolder;
        start.Environment["HF_HOME"] = Path.Combine(test.CacheFolder, "..", "home");
        start.Environment["HF_HUB_OFFLINE"] = offline ? "1" : "0";
        start.Environment["NO_PROXY"] = "127.0.0.1";
        return Process.Start(start) ?? throw new InvalidOperationException("python3 does not start");
    }

    private sealed class OnNotice(Action act) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.Notice is not null) act();
        }
    }
}
