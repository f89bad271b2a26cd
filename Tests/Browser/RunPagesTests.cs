using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using LoraCluster.Tests.EndToEnd;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LoraCluster.Tests.Browser;

/// <summary>The pages of a real cluster, as a user of the app host sees them.</summary>
[Trait("Category", "EndToEnd")]
[Collection(EndToEndCollection.Name)]
public sealed partial class RunPagesTests(BrowserFixture browser, ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3), TrainingPatience = TimeSpan.FromMinutes(20);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private (string, string)[] Environment => [("XDG_STATE_HOME", folder.File("state")), ("XDG_DATA_HOME", folder.File("data"))];

    [Fact]
    public async Task The_quick_start_is_followed_to_its_adapter()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the test needs signals, and the XDG folders for files of its own");
        IPage page = await browser.NewPageAsync(1280, 860);
        await using var host = ProgramUnderTest.Start("AppHost", [], Environment);
        await page.GotoAsync(await PagesAsync(host));
        await page.GetByRole(AriaRole.Link, new() { Name = "quick start", Exact = true })
            .ClickAsync(new() { Timeout = (float)StartPatience.TotalMilliseconds });

        ILocator workers = page.Locator("[data-test=workers]");
        await Expect(workers).ToContainTextAsync("silo-1", Within(StartPatience));
        await Expect(workers).ToContainTextAsync("silo-2");
        int early = await DrawnAsync(page, 3);
        int later = await DrawnAsync(page, early + 5);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"points of the loss: {early}, then {later}"));

        ILocator accuracy = page.Locator("[data-test=result] [data-figure=Accuracy]");
        await Expect(accuracy).ToContainTextAsync("%", Within(TrainingPatience));
        double share = double.Parse(Percent().Match(await accuracy.InnerTextAsync()).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(share, 90, 100);
        await WritePicturesAsync(page);

        string sha256 = await page.Locator("[data-test=sha256]").InnerTextAsync();
        IDownload download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("[data-test=download]"));
        await download.SaveAsAsync(folder.File("adapter.zip"));
        using ZipArchive zip = await ZipFile.OpenReadAsync(folder.File("adapter.zip"));
        await using Stream weights = await zip.GetEntry("adapter_model.safetensors")!.OpenAsync();
        Assert.Equal(sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(weights)));
        Assert.NotNull(zip.GetEntry("adapter_config.json"));

        await page.Context.CloseAsync();
        host.Send(ProgramUnderTest.Interrupt);
        await host.ExitAsync(StartPatience);
    }

    [Fact]
    public async Task A_silo_that_is_killed_in_mid_run_is_seen_and_so_is_its_return()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the test needs signals, and the XDG folders for files of its own");
        IPage cluster = await browser.NewPageAsync();
        await using var host = ProgramUnderTest.Start("AppHost", ["--no-quickstart"], Environment);
        string pages = await PagesAsync(host);
        await host.LineAsync("serves until Ctrl+C", StartPatience);
        await using var client = ProgramUnderTest.Start("Client", ["quickstart", "--epochs", "50", "--no-comparison"], Environment);
        string runId = RunId().Match(await client.LineAsync("step ", StartPatience)).Value;
        IPage run = await cluster.Context.NewPageAsync();
        await run.GotoAsync($"{pages}/runs/{runId}");
        await DrawnAsync(run, 3);
        // A run that was lost before its first checkpoint cannot be resumed.
        await Expect(run.Locator("[data-figure=Checkpoint]")).ToContainTextAsync("step", Within(StartPatience));
        await cluster.GotoAsync($"{pages}/cluster");
        ILocator silo = cluster.Locator("[data-silo=silo-2]");
        await Expect(silo).ToContainTextAsync(runId);

        int process = int.Parse(Process().Match(await silo.InnerTextAsync()).Groups[1].Value, CultureInfo.InvariantCulture);
        long killed = TimeProvider.System.GetTimestamp();
        ProgramUnderTest.Send(process, ProgramUnderTest.Kill);
        await Expect(silo).ToHaveAttributeAsync("data-active", "false");
        Tell("gone", killed);
        await Expect(run.Locator("[data-test=reason]")).ToContainTextAsync("silo-2 was lost");
        Tell("said by the run", killed);
        await Expect(run.Locator("[data-test=events]")).ToContainTextAsync("silo-2 was lost");
        await Expect(silo).ToHaveAttributeAsync("data-active", "true", new() { Timeout = (float)StartPatience.TotalMilliseconds });
        await Expect(silo).ToContainTextAsync("back");
        Tell("back", killed);
        await Expect(run.Locator("[data-silo-state=silo-2]")).ToHaveTextAsync("active again");

        // From its own page the run goes on, and ends when it is told to.
        await run.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(run.Locator("main [data-state=Running]")).ToBeVisibleAsync(new() { Timeout = (float)StartPatience.TotalMilliseconds });
        await run.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
        await run.GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();
        await Expect(run.Locator("main [data-state=Cancelled]")).ToBeVisibleAsync();

        await cluster.Context.CloseAsync();
        host.Send(ProgramUnderTest.Interrupt);
        await host.ExitAsync(StartPatience);
    }

    private void Tell(string what, long since) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s after the kill"));

    private static async Task<string> PagesAsync(ProgramUnderTest host) =>
        (await host.LineAsync("Run pages: ", StartPatience))["Run pages: ".Length..];

    private static LocatorAssertionsToContainTextOptions Within(TimeSpan patience) => new() { Timeout = (float)patience.TotalMilliseconds };

    /// <summary>Waits until the curve of the loss has so many points, and says how many it has.</summary>
    private static async Task<int> DrawnAsync(IPage page, int least)
    {
        await page.WaitForFunctionAsync("least => +document.querySelector('[data-chart=Loss]')?.dataset.drawn >= least", least,
            new() { Timeout = (float)StartPatience.TotalMilliseconds });
        return await page.EvaluateAsync<int>("+document.querySelector('[data-chart=Loss]').dataset.drawn");
    }

    /// <summary>The pictures of the docs, where they are asked for.</summary>
    private static async Task WritePicturesAsync(IPage page)
    {
        if (System.Environment.GetEnvironmentVariable("LORACLUSTER_WRITE_DOCS") != "1") return;
        string images = Path.Combine(SharedData.RepositoryRoot(), "docs", "images");
        await page.ScreenshotAsync(new() { Path = Path.Combine(images, "run.png") });
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.ScreenshotAsync(new() { Path = Path.Combine(images, "run-dark.png") });
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        IPage list = await page.Context.NewPageAsync();
        await list.SetViewportSizeAsync(1280, 420);
        await list.GotoAsync(new Uri(new Uri(page.Url), "/").ToString());
        await Expect(list.Locator(".chart.spark[data-drawn]")).Not.ToHaveCountAsync(0);
        await list.ScreenshotAsync(new() { Path = Path.Combine(images, "runs.png") });
        await list.CloseAsync();
    }

    [GeneratedRegex(@"([\d.]+) %")]
    private static partial Regex Percent();

    [GeneratedRegex("run-[a-z2-7]{12}")]
    private static partial Regex RunId();

    [GeneratedRegex(@"process (\d+)")]
    private static partial Regex Process();
}
