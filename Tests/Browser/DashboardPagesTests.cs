using System.Globalization;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Tests.EndToEnd;
using LoraCluster.Tests.Unit.Dashboard;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LoraCluster.Tests.Browser;

/// <summary>The pages in a browser, over a cluster that is made up.</summary>
[Trait("Category", "Browser")]
[Collection(EndToEndCollection.Name)]
public sealed class DashboardPagesTests(BrowserFixture browser, ITestOutputHelper output)
{
    private const int PhoneWidth = 390;

    /// <summary>Where to put pictures of the pages, to look at; null: nowhere.</summary>
    private static readonly string? PictureFolder = Environment.GetEnvironmentVariable("LORACLUSTER_PAGE_PICTURES");
    private static readonly string Done = PagesCluster.IdOf(1), Going = PagesCluster.IdOf(2), Evaluation = PagesCluster.IdOf(3, "eval-"),
        Benchmark = PagesCluster.IdOf(4, "bench-");
    private readonly PagesCluster cluster = Filled();

    public static TheoryData<string> Paths() =>
        ["/", "/cluster", $"/runs/{Done}", $"/runs/{Going}", $"/runs/{Evaluation}", $"/runs/{Benchmark}", $"/compare?runs={Done},{Going}",
            "/compare", "/runs/run-notthere2222", "/nowhere"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_page_is_accessible_in_both_themes_and_fits_a_phone(string path)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        foreach (var (width, dark) in new[] { (1280, false), (1280, true), (PhoneWidth, true) })
        {
            IPage page = await OpenAsync(dashboard, path, width, dark);
            AxeResult found = await page.RunAxe();
            string faults = string.Join('\n', found.Violations.SelectMany(v => v.Nodes.Select(n => $"{v.Id}: {v.Help}: {n.Html}")));
            Assert.True(faults.Length == 0, $"{path}, width {width}, dark {dark}:\n{faults}");
            Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 0, width);
            string name = FormattableString.Invariant(
                $"page{path.Split('?')[0].Replace('/', '-')}-{width}-{(dark ? "dark" : "light")}.png");
            if (PictureFolder is { Length: > 0 })
                await page.ScreenshotAsync(new() { Path = Path.Combine(PictureFolder, name), FullPage = true });
            await page.Context.CloseAsync();
        }
    }

    [Fact]
    public async Task A_theme_that_was_chosen_is_kept_and_without_one_the_system_decides()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        IPage page = await OpenAsync(dashboard, "/", 1280, dark: true);
        Task<string> Background() => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        string dark = await Background();

        await page.ClickAsync("[data-theme-toggle]");
        string light = await Background();
        Assert.NotEqual(dark, light);
        await page.ReloadAsync();
        Assert.Equal(light, await Background());
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_report_opens_beside_the_page_and_runs_no_script()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        IPage page = await OpenAsync(dashboard, $"/compare?runs={PagesCluster.IdOf(1)},{Going}");
        IPage report = await page.Context.RunAndWaitForPageAsync(() => page.Locator("[data-test=report]").ClickAsync());
        await Expect(report.GetByRole(AriaRole.Heading, new() { Name = "Runs side by side" })).ToBeVisibleAsync();
        await Expect(report.Locator("svg").First).ToBeVisibleAsync();
        await Expect(report.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync($"{PagesCluster.IdOf(1)}, {Going}");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Everything_is_reached_by_keyboard_and_a_cancellation_is_confirmed()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        IPage page = await OpenAsync(dashboard, $"/runs/{Going}");
        await page.Locator(".skip").FocusAsync();
        await Expect(page.Locator(".skip")).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#main")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeFocusedAsync();

        ILocator cancel = page.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true });
        await cancel.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync(Going);
        // In one go: the dialog moves the focus to its first element a moment after it opens.
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Go on" }).PressAsync("Enter");
        await Expect(dialog).ToHaveCountAsync(0);
        Assert.Equal(0, cluster.CallsOf($"Cancel {Going}"));

        cluster.Refusal = "the cluster's own words";
        await cancel.ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();
        await Expect(page.Locator("[data-test=refusal]")).ToHaveTextAsync(cluster.Refusal);
        Assert.Equal(1, cluster.CallsOf($"Cancel {Going}"));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_shows_and_heals_by_itself()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        IPage page = await OpenAsync(dashboard, "/cluster");
        cluster.Fault = new TimeoutException();
        await Expect(page.Locator("[data-test=fault]")).ToContainTextAsync("does not answer in time");
        await Expect(page.Locator("[data-silo=silo-1]")).ToBeVisibleAsync();

        cluster.Fault = null;
        cluster.Nodes = [PagesCluster.Node("silo-1")];
        await Expect(page.Locator("[data-test=fault]")).ToHaveCountAsync(0);
        await Expect(page.Locator("[data-silo=silo-2]")).ToContainTextAsync("Gone");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_dashboard_that_was_started_again_is_found_again_by_open_pages()
    {
        IPage page;
        string url;
        await using (DashboardUnderTest first = await DashboardUnderTest.StartAsync(cluster))
        {
            url = first.Url;
            page = await OpenAsync(first, "/");
        }
        await Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();
        cluster.Put(PagesCluster.Run(9, RunState.Running, 10, 1, "newer than the page"));
        await using DashboardUnderTest second = await DashboardUnderTest.StartAsync(cluster, url);
        await Expect(page.GetByText("newer than the page")).ToBeVisibleAsync();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_full_store_and_a_long_curve_stay_small_on_the_way_to_the_page()
    {
        var full = new PagesCluster();
        for (int k = 0; k < 200; k++)
            full.Put(PagesCluster.Run(k, k >= 180 ? RunState.Running : RunState.Completed, 60_000, 50_000, $"number {k}"));
        string longest = PagesCluster.IdOf(190);
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(full);

        IPage list = await browser.NewPageAsync();
        Traffic listTraffic = Traffic.Of(list);
        await MeasureAsync(list, dashboard.Url + "/", "[data-test=runs] tbody tr:nth-child(25)");
        Assert.Equal(25, await list.Locator("[data-test=runs] tbody tr").CountAsync());
        await Expect(list.Locator(".chart.spark[data-drawn]")).ToHaveCountAsync(25);
        Assert.InRange(listTraffic.SocketBytes, 1, 600_000);

        IPage run = await browser.NewPageAsync();
        Traffic runTraffic = Traffic.Of(run);
        await MeasureAsync(run, $"{dashboard.Url}/runs/{longest}", "[data-chart=Loss][data-drawn='800']");
        await Expect(run.Locator("[data-drawn='800']")).ToHaveCountAsync(5);
        Assert.InRange(runTraffic.SocketBytes, 1, 400_000);
        output.WriteLine($"bytes over the socket: list {listTraffic.SocketBytes}, run {runTraffic.SocketBytes}; "
            + $"managed memory {GC.GetTotalMemory(true) / 1e6:0} MB");
        // A further page of the same run costs the cluster nothing.
        int before = full.CallsOf("history");
        IPage again = await browser.NewPageAsync();
        await MeasureAsync(again, $"{dashboard.Url}/runs/{longest}", "[data-chart=Loss][data-drawn='800']");
        await Expect(again.Locator("[data-drawn='800']")).ToHaveCountAsync(5);
        Assert.Equal(before, full.CallsOf("history"));
        foreach (IPage page in new[] { list, run, again }) await page.Context.CloseAsync();
    }

    private async Task<IPage> OpenAsync(DashboardUnderTest dashboard, string path, int width = 1280, bool dark = false)
    {
        IPage page = await browser.NewPageAsync(width, 800, dark);
        await page.GotoAsync(dashboard.Url + path);
        await Expect(page.Locator("[data-test=link]")).ToHaveClassAsync(new Regex("good"));
        await Expect(page).ToHaveTitleAsync(new Regex("LoraCluster"));
        // Charts are drawn once the page is live.
        ILocator charts = page.Locator("[data-chart]");
        await Expect(page.Locator("[data-chart][data-drawn]")).ToHaveCountAsync(await charts.CountAsync());
        return page;
    }

    private async Task MeasureAsync(IPage page, string url, string selector)
    {
        long begin = TimeProvider.System.GetTimestamp();
        await page.GotoAsync(url);
        // An expectation asks ever more rarely; this one sees it with the frame that brings it.
        await page.Locator(selector).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{url}: {TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds:0} ms to {selector}"));
    }

    private static PagesCluster Filled()
    {
        var cluster = new PagesCluster();
        cluster.Put(PagesCluster.Run(1, RunState.Completed, 400, 400, "rank 8"));
        cluster.Put(PagesCluster.Run(2, RunState.Running, 400, 170, "rank 8, higher rate", rate: 2e-3));
        const string Lost = "silo silo-2 was lost in step 91: it cannot be reached";
        cluster.Put(PagesCluster.Run(5, RunState.Failed, 400, 90) with { Reason = Lost });
        var evaluation = new EvaluationSpec { DatasetPath = "/data/some-data", ModelPath = "/models/some-model" };
        cluster.Put(Jobs.Of(evaluation, Jobs.Evaluation, Evaluation));
        cluster.Put(Jobs.Of(new BenchmarkSpec { Benchmark = "inference" }, Jobs.Benchmark, Benchmark));
        return cluster;
    }

    /// <summary>What comes over a page's web sockets.</summary>
    private sealed class Traffic
    {
        public long SocketBytes { get; private set; }

        public static Traffic Of(IPage page)
        {
            var traffic = new Traffic();
            page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) =>
                traffic.SocketBytes += frame.Binary?.Length ?? frame.Text?.Length ?? 0;
            return traffic;
        }
    }
}
