using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using LoraCluster.Grains.Runs;
using LoraCluster.Tests.EndToEnd;
using LoraCluster.Tests.Unit.Dashboard;

namespace LoraCluster.Tests.Browser;

/// <summary>What the dashboard answers to whom, by plain requests.</summary>
[Trait("Category", "Browser")]
[Collection(EndToEndCollection.Name)]
public sealed class DashboardAccessTests
{
    private readonly PagesCluster cluster = new();

    [Fact]
    public async Task Foreign_names_and_other_sites_are_refused()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        using HttpClient http = Client(dashboard, out _);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(http, "/", r => r.Headers.Host = "evil.example")).StatusCode);
        HttpResponseMessage socket = await AskAsync(http, "/_blazor", r => r.Headers.Add("Origin", "http://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, socket.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(http, "/_blazor/negotiate", r =>
        {
            r.Method = HttpMethod.Post;
            r.Headers.Add("Origin", "null");
        })).StatusCode);
        string policy = Assert.Single((await http.GetAsync("/")).Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_token_only_who_has_it_enters_and_never_is_led_elsewhere()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster, token: "the token");
        using HttpClient http = Client(dashboard, out CookieContainer cookies);

        Assert.Equal(HttpStatusCode.Redirect, (await http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await http.GetAsync($"/runs/{PagesCluster.IdOf(1)}/files.zip")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/login?t=the%20tokem")).StatusCode);
        Assert.Equal(0, cookies.Count);

        HttpResponseMessage entered = await http.GetAsync("/login?t=the%20token&ReturnUrl=https%3A%2F%2Fevil.example");
        Assert.Equal("/", entered.Headers.Location?.OriginalString);
        Cookie cookie = Assert.Single(cookies.GetAllCookies());
        Assert.True(cookie.HttpOnly);
        Assert.DoesNotContain("token", cookie.Value, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_file_arrives_with_its_hash_and_a_damaged_one_is_cut_off()
    {
        cluster.Put(PagesCluster.Run(1, RunState.Completed, 100, 100));
        cluster.Put(PagesCluster.Run(2, RunState.Running, 100, 50));
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(cluster);
        using HttpClient http = Client(dashboard, out _);
        string file = $"/runs/{PagesCluster.IdOf(1)}/files/adapter_model.safetensors", zip = $"/runs/{PagesCluster.IdOf(1)}/files.zip";

        Assert.Equal(SHA256.HashData(cluster.Weights), SHA256.HashData(await http.GetByteArrayAsync(file)));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/runs/{PagesCluster.IdOf(2)}/files.zip")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/runs/{PagesCluster.IdOf(1)}/files/other")).StatusCode);

        using var archive = new ZipArchive(new MemoryStream(await http.GetByteArrayAsync(zip)));
        await using (Stream entry = archive.GetEntry("adapter_model.safetensors")!.Open())
            Assert.Equal(SHA256.HashData(cluster.Weights), SHA256.HashData(entry));

        cluster.IsDamaged = true;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetByteArrayAsync(file));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => http.GetByteArrayAsync(zip));
    }

    private static HttpClient Client(DashboardUnderTest dashboard, out CookieContainer cookies)
    {
        cookies = new CookieContainer();
        return new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies })
        {
            BaseAddress = new Uri(dashboard.Url), Timeout = BrowserFixture.Patience,
        };
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient http, string path, Action<HttpRequestMessage> change)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        change(request);
        return http.SendAsync(request);
    }
}
