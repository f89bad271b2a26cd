using System.Net;
using System.Net.Sockets;
using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubOfflineTests
{
    [Fact]
    public async Task Offline_uses_what_is_there_and_names_what_is_not()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Options = test.Options with { Offline = true };
        string message = await test.RefusedAsync();
        Assert.Contains("the model 'owner/tiny' cannot be had: HF_HUB_OFFLINE is set, and nothing usable of it is in "
            + Path.Combine(test.CacheFolder, "models--owner--tiny"), message, StringComparison.Ordinal);
        Assert.Empty(test.Hub.Seen);

        test.Options = test.Options with { Offline = false };
        HubSnapshot online = await test.PullAsync();
        test.Options = test.Options with { Offline = true };
        int before = test.Hub.Seen.Count;
        Assert.Equal(online.Folder, (await test.PullAsync()).Folder);
        Assert.Equal(before, test.Hub.Seen.Count);

        File.Delete(Path.Combine(online.Folder, "vocab.txt"));
        Assert.Contains($"{online.Folder} lacks vocab.txt", await test.RefusedAsync(), StringComparison.Ordinal);
        Assert.Contains("nothing usable", await test.RefusedAsync("owner/tiny@v2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_cannot_be_reached_or_refuses_leaves_the_cached_snapshot_with_a_notice()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot online = await test.PullAsync();
        test.Hub.Before = async (context, _) =>
        {
            await FakeHub.RefuseAsync(context, 401, null, "no");
            return true;
        };
        Assert.Equal(online.Folder, (await test.PullAsync()).Folder);
        test.Options = test.Options with { Endpoint = new Uri($"http://127.0.0.1:{ClosedPort()}/") };
        Assert.Equal(online.Folder, (await test.PullAsync()).Folder);
        Assert.Contains(test.Notices, n => n.Contains("does not accept a connection; using owner/tiny@0123", StringComparison.Ordinal));
        Assert.Empty(test.Time.Waits);
    }

    [Fact]
    public async Task An_update_that_broke_off_leaves_the_commit_before_it_in_use()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubSnapshot first = await test.PullAsync();
        FakeRepository repository = test.Hub.Repository(HubDownloads.Model);
        repository.Commit = new string('b', 40);
        repository.Add("model.safetensors", HubDownloads.RandomBytes(100_000));
        test.Hub.Before = async (context, seen) =>
        {
            if (!seen.OnCdn) return false;
            await FakeHub.RefuseAsync(context, 503, null, "down");
            return true;
        };
        Assert.Contains("127.0.0.1 answers 503", await test.RefusedAsync(), StringComparison.Ordinal);
        test.Options = test.Options with { Offline = true };
        Assert.Equal(first.Folder, (await test.PullAsync()).Folder);
    }

    [Fact]
    public async Task Without_a_snapshot_an_unreachable_hub_is_tried_and_told()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Options = test.Options with { Endpoint = new Uri($"http://127.0.0.1:{ClosedPort()}/") };
        string message = await test.RefusedAsync();
        Assert.Contains($"{test.Options.Endpoint.Authority} does not accept a connection, and nothing usable of it is in", message,
            StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8], test.Time.Waits.Select(w => w.TotalSeconds));
    }

    [Fact]
    public async Task Dns_and_tls_are_told_in_one_sentence()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        string plain = test.Hub.Endpoint.Replace("http:", "https:", StringComparison.Ordinal);
        test.Options = test.Options with { Endpoint = new Uri(plain + "/") };
        Assert.Contains("no secure connection to 127.0.0.1: ", await test.RefusedAsync(), StringComparison.Ordinal);
        test.Options = test.Options with { Endpoint = new Uri("http://no-such-host.invalid/"), Attempts = 1 };
        Assert.Contains("the name no-such-host.invalid has no address (DNS)", await test.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_keeps_what_came_and_the_next_start_goes_on_from_there()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        HubOptions roomy = test.Options;
        test.Options = roomy with { OpenPartial = path => new FullDisk(path, 100_000) };
        string message = await test.RefusedAsync();
        Assert.Contains($"the disk of {test.CacheFolder} is full; what came is kept", message, StringComparison.Ordinal);
        Assert.Equal(100_000, new FileInfo(test.BlobOf("model.safetensors") + ".incomplete").Length);
        test.Options = roomy;
        HubSnapshot snapshot = await test.PullAsync();
        Assert.Equal("bytes=100000-", test.Hub.Seen.Last(r => r.OnCdn).Range);
        Assert.Equal(test.Weights, File.ReadAllBytes(Path.Combine(snapshot.Folder, "model.safetensors")));
    }

    [Fact]
    public async Task The_system_s_own_error_of_a_full_disk_is_known()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full, the device that is always full");
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Options = test.Options with { OpenPartial = _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write) };
        Assert.Contains($"the disk of {test.CacheFolder} is full", await test.RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_made_is_told()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        await File.WriteAllTextAsync(test.CacheFolder, "a file where the folder should be");
        Assert.Contains($"the cache {test.CacheFolder} cannot be used", await test.RefusedAsync(), StringComparison.Ordinal);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A file on a disk with room for so many bytes; beyond them it fails as the system does.</summary>
    private sealed class FullDisk(string path, long room) : FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
    {
        private const int NoSpace = 28;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int fits = (int)Math.Min(buffer.Length, room - Position);
            Write(buffer.Span[..fits]);
            return fits == buffer.Length ? ValueTask.CompletedTask : throw new IOException("No space left on device", NoSpace);
        }
    }
}
