using System.Globalization;
using LoraCluster.Hub;
using Microsoft.AspNetCore.Http;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubFaultTests
{
    [Fact]
    public async Task A_cut_connection_is_resumed_where_it_broke()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        int cuts = 0;
        test.Hub.Before = async (context, seen) => seen is { OnCdn: true, Method: "GET" } && ++cuts <= 3 && await CutAsync(test, context);
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
        string?[] ranges = [.. test.Hub.Seen.Where(r => r is { OnCdn: true, Method: "GET" }).Select(r => r.Range)];
        Assert.Equal([null, "bytes=50000-", "bytes=100000-", "bytes=150000-"], ranges);
        Assert.Equal([1, 2, 4], test.Time.Waits.Select(w => w.TotalSeconds));
        Assert.Equal(test.Weights.Length + 8, test.Progress.Last().Bytes);
    }

    [Fact]
    public async Task The_tries_are_bounded_and_what_came_serves_the_next_start()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = async (context, seen) => seen is { OnCdn: true, Method: "GET" } && await CutAsync(test, context);
        Assert.Contains("the connection to 127.0.0.1 was cut", await test.RefusedAsync(), StringComparison.Ordinal);
        Assert.Equal(5, test.Hub.Seen.Count(r => r is { OnCdn: true, Method: "GET" }));
        Assert.False(File.Exists(test.BlobOf("model.safetensors")));
        Assert.Equal(250_000, new FileInfo(test.BlobOf("model.safetensors") + ".incomplete").Length);
        test.Hub.Before = (_, _) => Task.FromResult(false);
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Equal("bytes=250000-", test.Hub.Seen.Last(r => r.OnCdn).Range);
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(test.BlobOf("config.json"))!, "*.incomplete"));
    }

    [Fact]
    public async Task A_silent_connection_counts_as_cut()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        int tries = 0;
        test.Hub.Before = async (context, seen) =>
        {
            if (seen is not { OnCdn: true, Method: "GET" } || ++tries > 1) return false;
            test.Time.FallSilent();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        await test.PullAsync();
        Assert.Contains(test.Notices, n => n.Contains("127.0.0.1 keeps silent; try 2 of 5 in 1 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "date", 42)]
    [InlineData(503, null, 1)]
    [InlineData(500, null, 1)]
    public async Task A_busy_hub_is_asked_again_when_it_says(int status, string? after, int seconds)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        int answers = 0;
        test.Hub.Before = async (context, _) =>
        {
            if (++answers > 1) return false;
            if (after is not null) context.Response.Headers.RetryAfter = after != "date" ? after
                : test.Time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture);
            await FakeHub.RefuseAsync(context, status, null, "busy");
            return true;
        };
        await test.PullAsync();
        Assert.Equal([seconds], test.Time.Waits.Select(w => (int)Math.Round(w.TotalSeconds)));
    }

    [Fact]
    public async Task An_expired_address_of_the_content_network_is_asked_for_anew()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        int gets = 0;
        test.Hub.Before = async (context, seen) =>
        {
            if (!seen.OnCdn || ++gets > 1) return false;
            await FakeHub.RefuseAsync(context, 403, null, "expired");
            return true;
        };
        await test.PullAsync();
        Assert.Equal(2, test.Hub.Seen.Count(r => r is { OnCdn: false, Method: "GET" }
            && r.Path.EndsWith("safetensors", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_download_that_is_cancelled_keeps_what_came()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        using var cancel = new CancellationTokenSource();
        test.Hub.Before = async (context, seen) =>
        {
            if (seen is not { OnCdn: true, Method: "GET" }) return false;
            await FakeHub.SendAsync(context, new StoredFile(test.Weights, true), most: 50_000);
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HubSnapshot.EnsureAsync(
            HubReference.Parse(HubDownloads.Model, HubKind.Model), test.Options, new CancelAt(50_008, cancel), test.Time,
            cancellationToken: cancel.Token).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(50_000, new FileInfo(test.BlobOf("model.safetensors") + ".incomplete").Length);
    }

    [Fact]
    public async Task A_wait_without_measure_is_refused()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = async (context, _) =>
        {
            context.Response.Headers.RetryAfter = "86400";
            await FakeHub.RefuseAsync(context, 429, null, "busy");
            return true;
        };
        string message = await test.RefusedAsync();
        Assert.Contains("answers 429 Too Many Requests; it asks to wait 86400 s, longer than 300 s", message, StringComparison.Ordinal);
        Assert.Empty(test.Time.Waits);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "is gated: accept its terms at ", "/owner/tiny, and set HF_TOKEN")]
    [InlineData(401, "GatedRepo", "is gated: accept its terms at ", "/owner/tiny, and set HF_TOKEN")]
    [InlineData(401, null, "is not there, or private, or gated", "set HF_TOKEN")]
    [InlineData(403, null, "no access to the model 'owner/tiny': accept its terms at", "set HF_TOKEN")]
    [InlineData(404, "RepoNotFound", "there is no model 'owner/tiny' at http://127.0.0.1:", "or it is private")]
    [InlineData(404, "RevisionNotFound", "has no revision '0123", "")]
    [InlineData(404, "EntryNotFound", "has no file 'model.safetensors'", "")]
    [InlineData(418, null, "answers 418", "the hub says: so it is")]
    public async Task A_refusal_says_what_to_do(int status, string? code, params string[] expected)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = async (context, seen) =>
        {
            if (!seen.Path.EndsWith("model.safetensors", StringComparison.Ordinal)) return false;
            await FakeHub.RefuseAsync(context, status, code, "so it is");
            return true;
        };
        string message = await test.RefusedAsync();
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Empty(test.Time.Waits);
    }

    [Fact]
    public async Task A_repository_and_a_revision_that_are_not_there_are_named()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        Assert.Contains("there is no model 'owner/nothing'", await test.RefusedAsync("owner/nothing"), StringComparison.Ordinal);
        Assert.Contains("there is no data set 'owner/tiny'", await test.RefusedAsync("owner/tiny", HubKind.Dataset),
            StringComparison.Ordinal);
        Assert.Contains("has no revision 'v9'", await test.RefusedAsync("owner/tiny@v9"), StringComparison.Ordinal);
        test.Options = test.Options with { Token = "hf_x" };
        Assert.Contains("with the account that HF_TOKEN", await test.RefusedAsync("owner/nothing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_checksum_is_tried_once_more_from_zero_and_then_refused()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        byte[] wrong = [.. test.Weights];
        wrong[12345] ^= 1;
        bool always = false;
        int gets = 0;
        test.Hub.Before = async (context, seen) =>
        {
            if (seen is not { OnCdn: true, Method: "GET" } || (++gets > 1 && !always)) return false;
            await FakeHub.SendAsync(context, new StoredFile(wrong, true));
            return true;
        };
        await test.PullAsync();
        Assert.Equal(2, gets);
        Assert.Contains(test.Notices, n => n.Contains("once more from its beginning", StringComparison.Ordinal));

        (always, gets) = (true, 0);
        Directory.Delete(test.CacheFolder, recursive: true);
        string message = await test.RefusedAsync();
        Assert.Matches("'model.safetensors' of owner/tiny has the SHA256 [0-9a-f]{64}, "
            + "the hub announced [0-9a-f]{64}, twice; it is not used", message);
        Assert.Equal(2, gets);
        Assert.False(File.Exists(test.BlobOf("model.safetensors")) || File.Exists(test.BlobOf("model.safetensors") + ".incomplete"));
    }

    [Fact]
    public async Task A_small_file_is_verified_by_git_s_checksum()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = async (context, seen) =>
        {
            if (seen.Method != "GET" || !seen.Path.EndsWith("/config.json", StringComparison.Ordinal)) return false;
            await context.Response.WriteAsync("[]");
            return true;
        };
        Assert.Contains("'config.json' of owner/tiny has the SHA1 ", await test.RefusedAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400_000)]
    [InlineData(200_000)]
    [InlineData(300_000)]
    public async Task A_partial_file_of_other_bytes_is_thrown_away(int length)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        string partial = test.BlobOf("model.safetensors") + ".incomplete";
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await File.WriteAllBytesAsync(partial, new byte[length]);
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task A_server_without_ranges_sends_all_of_it_again()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        int gets = 0;
        test.Hub.Before = async (context, seen) =>
        {
            if (seen is not { OnCdn: true, Method: "GET" }) return false;
            if (++gets == 1) return await CutAsync(test, context);
            context.Request.Headers.Remove("Range");
            return false;
        };
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
        Assert.Equal(test.Weights.Length + 8, test.Progress.Last().Bytes);
    }

    [Theory]
    [InlineData("../../outside")]
    [InlineData("/etc/outside")]
    [InlineData("a/../../outside")]
    [InlineData("a\\..\\outside")]
    [InlineData("C:outside")]
    [InlineData("a//outside")]
    public async Task A_name_that_leaves_the_folder_is_refused(string name)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository(HubDownloads.Model).Add(name, "x");
        Assert.Contains($"names the file '{name}', which is refused", await test.RefusedAsync(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(test.CacheFolder, "models--owner--tiny")));
    }

    [Fact]
    public async Task An_index_that_leaves_the_folder_and_an_etag_that_is_a_path_are_refused()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository("owner/bad").Add("model.safetensors.index.json", """{"weight_map": {"a": "../../x"}}""");
        Assert.Contains("names the file '../../x', which is refused", await test.RefusedAsync("owner/bad"), StringComparison.Ordinal);
        test.Hub.Repository("owner/worse").Files["model.safetensors"] = new StoredFile([1], true) { ETag = "../../../x" };
        Assert.Contains("without an ETag that names", await test.RefusedAsync("owner/worse"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_page_on_the_way_is_told_as_such()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = async (context, _) =>
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html>log in</html>");
            return true;
        };
        Assert.Contains("answers with text/html that is no list of files; is it a hub (HF_ENDPOINT), or is there a proxy or a login page",
            await test.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_without_end_and_an_endless_answer_are_bounded()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Before = (context, seen) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = seen.Path;
            return Task.FromResult(true);
        };
        Assert.Contains("redirects more than 8 times", await test.RefusedAsync(), StringComparison.Ordinal);
    }

    private sealed class CancelAt(long bytes, CancellationTokenSource cancel) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.Bytes >= bytes) cancel.Cancel();
        }
    }

    /// <summary>Less than was announced: the server closes the connection in the middle.</summary>
    private static async Task<bool> CutAsync(HubDownloads test, HttpContext context)
    {
        await FakeHub.SendAsync(context, new StoredFile(test.Weights, true), most: 50_000);
        return true;
    }
}
