using System.Text.RegularExpressions;
using LoraCluster.Grains;
using LoraCluster.Tests.EndToEnd;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LoraCluster.Tests.Browser;

/// <summary>
/// The cluster as the Aspire dashboard shows it, in a browser. With <c>LORACLUSTER_WRITE_DOCS=1</c> the pictures of the README are made
/// anew.
/// </summary>
[Trait("Category", "Browser")]
[Collection(EndToEndCollection.Name)]
public sealed partial class AspireDashboardTests(BrowserFixture browser, AppHostUnderTest host) : IClassFixture<AppHostUnderTest>
{
    private const float Patience = 120_000;
    private const int QuickStartSteps = 1500, Width = 1400, Height = 1300;

    [Fact]
    public async Task The_quick_start_by_its_button_is_a_row_with_figures_a_metric_and_a_trace_of_its_steps()
    {
        IPage page = await LogInAsync();
        await Row(page, "quickstart").GetByLabel("Trains the built-in model").First.ClickAsync();
        ILocator run = Row(page, FormattableString.Invariant($"of {QuickStartSteps}"));
        await Expect(run).ToContainTextAsync(Figures(), new() { Timeout = Patience });
        await Expect(run).ToContainTextAsync(Progress(), new() { IgnoreCase = true, Timeout = Patience });
        string id = RunId().Match(await run.InnerTextAsync()).Value;
        Assert.NotEmpty(id);
        await PictureAsync(page, "resources");

        await page.GotoAsync(Root(page) + $"/metrics/resource/silo-1?meter={TelemetryNames.Meter}&instrument={TelemetryNames.Loss}");
        await Expect(page.GetByText("Mean loss per row (token) of the last step")).ToBeVisibleAsync();
        await Expect(page.GetByText(id).First).ToBeVisibleAsync();
        await Expect(page.Locator("svg.main-svg").First).ToBeVisibleAsync();
        await PictureAsync(page, "metrics");

        await page.GotoAsync(Root(page) + "/traces/resource/quickstart");
        // By its id: a click on a row that is just drawn anew leads nowhere.
        string? trace = await page.Locator("td[title*='submit']").First.GetAttributeAsync("title", new() { Timeout = Patience });
        await page.GotoAsync(Root(page) + "/traces/detail/" + TraceId().Match(trace!).Value);
        // The run's own span comes when it has ended.
        foreach (string span in new[] { TelemetryNames.SubmitSpan, TelemetryNames.PrepareSpan, TelemetryNames.StepSpan,
            TelemetryNames.ContributionSpan, TelemetryNames.ReduceSpan, TelemetryNames.UpdateSpan })
            await Expect(page.GetByText(span, new() { Exact = true }).First).ToBeVisibleAsync();
        foreach (string service in new[] { "quickstart", "silo-1", "silo-2" })
            await Expect(page.GetByText(service, new() { Exact = true }).First).ToBeVisibleAsync();
        await PictureAsync(page, "trace");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_run_that_somebody_else_submitted_is_cancelled_by_its_row()
    {
        IPage page = await LogInAsync();
        string id = await host.SubmitLongRunAsync();
        ILocator run = Row(page, id);
        await Expect(run).ToContainTextAsync("of 5000", new() { Timeout = Patience });

        await run.GetByLabel("Ends it after what is at hand").First.ClickAsync();
        await page.Locator("fluent-button").Filter(new() { HasText = "Yes" }).First.ClickAsync();

        await Expect(run).ToContainTextAsync("Cancelled", new() { Timeout = Patience });
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_silo_is_drained_and_takes_trainers_again_by_its_row()
    {
        IPage page = await LogInAsync();
        ILocator silo = Row(page, "silo-2");
        await silo.GetByLabel("Its runs pause after their step").First.ClickAsync();
        await Expect(silo).ToContainTextAsync("Drained", new() { Timeout = Patience });

        await silo.GetByLabel("Actions").First.ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Take trainers again" }).First.ClickAsync();
        await Expect(silo).ToContainTextAsync("Running", new() { Timeout = Patience });
        await page.Context.CloseAsync();
    }

    private async Task<IPage> LogInAsync()
    {
        // High enough for a trace's first step: what is out of sight is not in the page.
        IPage page = await browser.NewPageAsync(Width, Height);
        await page.GotoAsync(await host.StartedAsync());
        await Expect(Row(page, "silo-2")).ToBeVisibleAsync();
        return page;
    }

    private static ILocator Row(IPage page, string text) => page.Locator("tr.resource-row").Filter(new() { HasText = text }).First;

    private static string Root(IPage page) => new Uri(page.Url).GetLeftPart(UriPartial.Authority);

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LORACLUSTER_WRITE_DOCS") != "1") return;
        string path = Path.Combine(SharedData.RepositoryRoot(), "docs", "images", name + ".png");
        await page.SetViewportSizeAsync(Width, 760);
        await page.ScreenshotAsync(new() { Path = path });
        await page.SetViewportSizeAsync(Width, Height);
    }

    [GeneratedRegex("run-[a-z2-7]{12}")]
    private static partial Regex RunId();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex TraceId();

    [GeneratedRegex(@"loss \d\.\d+, training accuracy \d+ %")]
    private static partial Regex Figures();

    [GeneratedRegex(@"step \d+ of 1500")]
    private static partial Regex Progress();
}
