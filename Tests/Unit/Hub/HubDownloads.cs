using System.Collections.Concurrent;
using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

/// <summary>A hub, a cache and a clock for one test.</summary>
internal sealed class HubDownloads : IAsyncDisposable
{
    public const string Model = "owner/tiny", Dataset = "datasets/owner/rows";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private HubDownloads(FakeHub hub)
    {
        Hub = hub;
        Options = hub.Options(_folder.File("hub"));
        Time = new SkippingTime(Options.Patience);
    }

    public FakeHub Hub { get; }

    public HubOptions Options { get; set; }

    public SkippingTime Time { get; }

    public ConcurrentQueue<HubProgress> Progress { get; } = new();

    public IEnumerable<string> Notices => Progress.Select(p => p.Notice).OfType<string>();

    public string CacheFolder => Options.CacheFolder;

    public byte[] Weights { get; } = RandomBytes(300_000);

    public static async Task<HubDownloads> StartAsync()
    {
        var downloads = new HubDownloads(await FakeHub.StartAsync());
        downloads.Hub.Repository(Model).Add("config.json", "{}").Add("vocab.txt", "[PAD]\n").Add("README.md", "hello")
            .Add("model.safetensors", downloads.Weights).Add("pytorch_model.bin", RandomBytes(1000)).Add("tf_model.h5", RandomBytes(1000));
        return downloads;
    }

    public static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public Task<HubSnapshot> PullAsync(string text = Model, HubKind kind = HubKind.Model) =>
        HubSnapshot.EnsureAsync(HubReference.Parse(text, kind), Options, new Sink(Progress), Time).WaitAsync(Bound);

    public async Task<string> RefusedAsync(string text = Model, HubKind kind = HubKind.Model) =>
        (await Assert.ThrowsAsync<UserErrorException>(() => PullAsync(text, kind))).Message;

    /// <summary>Where the blob of a file is.</summary>
    public string BlobOf(string file, string repository = Model) =>
        Path.Combine(CacheFolder, "models--owner--tiny", "blobs", Hub.Repository(repository).Files[file].ETag);

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class Sink(ConcurrentQueue<HubProgress> progress) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => progress.Enqueue(value);
    }
}
