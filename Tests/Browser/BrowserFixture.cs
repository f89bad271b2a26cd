using Microsoft.Playwright;

namespace LoraCluster.Tests.Browser;

/// <summary>
/// The machine's own Chromium, driven by Playwright, which downloads nothing. It starts with the first page that a test asks for, and
/// serves all tests of the collection. Without one the test that asks is skipped, with the reason.
/// </summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    /// <summary>Longest wait for one thing on a page.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Variable = "LORACLUSTER_CHROMIUM";
    private static readonly string[] Candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly string[] Quiet =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ];
    private readonly SemaphoreSlim starting = new(1);
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Why there is no browser; null: there is one.</summary>
    public static string? SkipReason { get; } = FindReason();

    /// <summary>A page of its own, with cookies and storage of its own; a test that asks where no browser is, is skipped.</summary>
    /// <param name="width">Width in CSS pixels; 390 is a phone's.</param>
    /// <param name="height">Height in CSS pixels.</param>
    /// <param name="dark">What the page hears of the system's theme.</param>
    public async Task<IPage> NewPageAsync(int width = 1280, int height = 800, bool dark = false)
    {
        Assert.SkipUnless(SkipReason is null, SkipReason ?? "");
        IBrowserContext context = await (await StartedAsync()).NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            AcceptDownloads = true,
            Locale = "en-US",
        });
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        context.SetDefaultNavigationTimeout((float)Patience.TotalMilliseconds);
        return await context.NewPageAsync();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        starting.Dispose();
    }

    private async Task<IBrowser> StartedAsync()
    {
        await starting.WaitAsync();
        try
        {
            playwright ??= await Playwright.CreateAsync();
            return browser ??= await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable(),
                Args = Quiet });
        }
        finally
        {
            starting.Release();
        }
    }

    private static string? FindReason()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return File.Exists(given) ? null : $"{Variable} names {given}, which is not there";
        return Executable() is not null ? null : $"no browser: none of {string.Join(", ", Candidates)} is there ({Variable} names another)";
    }

    private static string? Executable() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Array.Find(Candidates, File.Exists);
}
