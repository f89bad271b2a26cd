using LoraCluster.Dashboard.Access;
using LoraCluster.Dashboard.Cluster;
using LoraCluster.Dashboard.Components;
using LoraCluster.Dashboard.Downloads;
using LoraCluster.Dashboard.Feeds;
using LoraCluster.ServiceDefaults;
using MudBlazor.Services;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace LoraCluster.Dashboard;

/// <summary>Puts the dashboard together.</summary>
internal static class DashboardHost
{
    /// <summary>Path of Orleans' own dashboard.</summary>
    public const string OrleansPath = "/orleans";

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500), StopPatience = TimeSpan.FromSeconds(3);

    /// <summary>The pages of a cluster, ready to run.</summary>
    /// <exception cref="StoreException">The store cannot be reached, refuses the password, or names no cluster.</exception>
    public static async Task<WebApplication> BuildAsync(DashboardOptions options)
    {
        WebApplicationBuilder builder = CreateBuilder(options, AppContext.BaseDirectory, out PageAccess access);
        ClusterAddress address = await ClusterAddress.FindOrLocalAsync(options.Redis, options.ClusterId, builder.Configuration);
        builder.Configuration.AddInMemoryCollection(address.ClientSettings());
        // It asks every second: the calls would fill the traces.
        builder.Configuration["Orleans:EnableDistributedTracing"] = "false";
        builder.AddServiceDefaults();
        builder.AddStore();
        builder.UseOrleansClient(client => client
            .Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5))
            .UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                await Task.Delay(RetryPause, cancellationToken);
                return true;
            })
            .AddDashboard());
        builder.Services.AddSingleton(address).AddSingleton<ICluster, GrainCluster>();
        WebApplication app = Build(builder, access);
        app.MapHealth();
        app.MapOrleansDashboard(OrleansPath);
        return app;
    }

    /// <summary>The pages over another cluster, for tests: without Orleans, from the folder where the dashboard was built.</summary>
    public static WebApplication BuildOver(ICluster cluster, DashboardOptions options, string folder)
    {
        WebApplicationBuilder builder = CreateBuilder(options, folder, out PageAccess access);
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton(cluster);
        return Build(builder, access);
    }

    private static WebApplicationBuilder CreateBuilder(DashboardOptions options, string folder, out PageAccess access)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(DashboardHost).Assembly.GetName().Name, ContentRootPath = folder,
        });
        builder.Configuration[WebHostDefaults.StaticWebAssetsKey] = Path.Combine(folder, "Dashboard.staticwebassets.runtime.json");
        // Where it was built the files of packages lie in their own folders; where it was published they are in wwwroot.
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.UseUrls(options.Urls);
        access = PageAccess.For(options.Urls, options.Token);
        builder.AddPageAccess(access);
        builder.Services.Configure<HostOptions>(o =>
        {
            // The pages are there before the cluster is, and say so.
            o.ServicesStartConcurrently = true;
            o.ShutdownTimeout = StopPatience;
        });
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true);
        foreach (string chatty in new[] { "Orleans", "Microsoft", "Polly", "StackExchange", "System" })
            builder.Logging.AddFilter(chatty, LogLevel.Warning);
        // A page of an earlier start brings a token of that start: it is loaded anew.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Critical);
        return builder;
    }

    private static WebApplication Build(WebApplicationBuilder builder, PageAccess access)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ClusterFeed>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ClusterFeed>());
        builder.Services.AddSingleton<FollowedItems>();
        builder.Services.AddSingleton<ArtifactFiles>();
        builder.Services.AddMudServices();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(o => o.DisconnectedCircuitMaxRetained = 20);

        WebApplication app = builder.Build();
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UsePageAccess(withoutPolicy: OrleansPath);
        app.UseAntiforgery();
        app.MapStaticAssets(Path.Combine(app.Environment.ContentRootPath, "Dashboard.staticwebassets.endpoints.json")).AllowAnonymous();
        app.MapLogin(access);
        app.MapDownloads();
        app.MapReport();
        // The policy of its own would only repeat a part of ours.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(o => o.ContentSecurityFrameAncestorsPolicy = null);
        Announce(app, access);
        return app;
    }

    private static void Announce(WebApplication app, PageAccess access) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        foreach (string url in app.Urls)
            Console.WriteLine($"Pages: {url}{(access.NewToken is { } token ? $"/login?t={token}" : "")}");
    });
}
