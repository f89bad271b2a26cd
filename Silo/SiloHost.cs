using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Nodes;
using LoraCluster.ServiceDefaults;
using Orleans.Dashboard;

namespace LoraCluster.Silo;

/// <summary>Puts a silo together. What it is told ends up under the keys that Aspire injects: from there on there is one way.</summary>
public static class SiloHost
{
    /// <summary>The host, ready to run.</summary>
    /// <param name="options">What the silo is told.</param>
    /// <param name="device">The device that was found: <c>cpu</c> or <c>cuda:N</c>.</param>
    /// <exception cref="UserErrorException">No store is named.</exception>
    /// <exception cref="StoreException">The store cannot be reached, refuses the password, or names no cluster.</exception>
    public static async Task<WebApplication> BuildAsync(SiloOptions options, string device)
    {
        var builder = WebApplication.CreateBuilder();
        var address = await FindClusterAsync(options, builder.Configuration);
        builder.Configuration.AddInMemoryCollection(address.SiloSettings());
        builder.Configuration.AddInMemoryCollection(SiloEndpoints.Settings(options, address.Store, builder.Configuration));
        string name = options.Name ?? builder.Configuration["Orleans:Name"]
            ?? FormattableString.Invariant($"silo-{Environment.MachineName}-{Environment.ProcessId}");
        builder.Configuration["Orleans:Name"] = name;
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
            builder.WebHost.UseUrls("http://127.0.0.1:0");

        QuietLogs(builder.Logging);
        builder.AddServiceDefaults(name);
        builder.AddStore();
        builder.UseOrleans(silo => silo.UseClusterTuning().AddLoraClusterGrains().AddDashboard());
        builder.Services.Configure<NodeOptions>(node => Node.Describe(node, options, device));
        builder.Services.AddHealthChecks().AddCheck<SiloHealthCheck>("silo");

        var app = builder.Build();
        app.MapHealth();
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(
            $"{name}: active in cluster {address.ClusterId} at {builder.Configuration["Orleans:Endpoints:AdvertisedIPAddress"]}, "
            + FormattableString.Invariant($"device {device}, {options.Threads} thread(s), {options.Slots} slots, ")
            + $"health at {app.Urls.First()}/health"));
        return app;
    }

    private static void QuietLogs(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(o => o.SingleLine = true);
        foreach (string chatty in new[] { "Orleans", "Microsoft", "Polly", "StackExchange", "System" })
            logging.AddFilter(chatty, LogLevel.Warning);
        // It warns once at each start of a check that has not run yet.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
    }

    private static async Task<ClusterAddress> FindClusterAsync(SiloOptions options, IConfiguration configuration)
    {
        var address = await ClusterAddress.FindAsync(options.Redis, options.ClusterId, configuration)
            ?? throw new UserErrorException("no store is named: give it by --redis HOST:PORT[,password=…] (or ConnectionStrings__store).");
        if (options.ClusterId is not null)
        {
            // A cluster of silos alone: the first names it for clients that know only the store.
            await using var store = await StoreConnection.OpenAsync(address.Store);
            await store.WriteClusterIdIfAbsentAsync(options.ClusterId);
        }
        return address;
    }
}
