using LoraCluster.Tests.EndToEnd;
using Microsoft.Playwright;

namespace LoraCluster.Tests.Browser;

/// <summary>The browser itself: what the other tests of this folder rely on.</summary>
[Trait("Category", "Browser")]
[Collection(EndToEndCollection.Name)]
public sealed class BrowserFixtureTests(BrowserFixture browser)
{
    [Theory]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    public async Task A_page_has_the_size_and_the_theme_that_were_asked_for(int width, bool dark)
    {
        IPage page = await browser.NewPageAsync(width, 700, dark);
        await page.SetContentAsync("<title>here</title><p>text</p>");

        Assert.Equal("here", await page.TitleAsync());
        Assert.Equal(width, await page.EvaluateAsync<int>("innerWidth"));
        Assert.Equal(dark, await page.EvaluateAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
        await page.Context.CloseAsync();
    }
}
