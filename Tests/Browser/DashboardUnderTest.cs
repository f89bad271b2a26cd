using LoraCluster.Dashboard;
using LoraCluster.Tests.Unit.Dashboard;
using Microsoft.AspNetCore.Builder;

namespace LoraCluster.Tests.Browser;

/// <summary>The dashboard in this process, over a cluster that is made up.</summary>
internal sealed class DashboardUnderTest : IAsyncDisposable
{
    private readonly WebApplication app;

    private DashboardUnderTest(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public static async Task<DashboardUnderTest> StartAsync(
        PagesCluster cluster, string urls = "http://127.0.0.1:0", string? token = null)
    {
        string root = SharedData.RepositoryRoot();
        string folder = Path.Combine(root, "Dashboard", Path.GetRelativePath(Path.Combine(root, "Tests"), AppContext.BaseDirectory));
        WebApplication app = DashboardHost.BuildOver(cluster, new DashboardOptions { Urls = urls, Token = token }, folder);
        await app.StartAsync();
        return new DashboardUnderTest(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
