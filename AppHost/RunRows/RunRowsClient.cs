using LoraCluster.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace LoraCluster.AppHost.RunRows;

/// <summary>The app host as a client of its cluster, for the rows of the runs: a host inside, which ends before the silos do.</summary>
internal static class RunRowsClient
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1), StopPatience = TimeSpan.FromSeconds(3);

    /// <summary>Keeps the rows up to date until cancelled.</summary>
    public static async Task RunAsync(DistributedApplication app, ClusterAddress address, CancellationToken cancellationToken)
    {
        using var host = Build(address);
        try
        {
            await host.StartAsync(cancellationToken);
            var feed = new RunRowsFeed(
                host.Services.GetRequiredService<IGrainFactory>(),
                app.ResourceNotifications,
                app.Services.GetRequiredService<ResourceLoggerService>(),
                TimeProvider.System);
            await feed.RunAsync(cancellationToken);
        }
        finally
        {
            using var patience = new CancellationTokenSource(StopPatience);
            await host.StopAsync(patience.Token);
        }
    }

    private static IHost Build(ClusterAddress address)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(address.ClientSettings());
        // Its calls every second would fill the traces.
        builder.Configuration["Orleans:EnableDistributedTracing"] = "false";
        builder.AddStore();
        builder.UseOrleansClient(client =>
        {
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                await Task.Delay(RetryPause, cancellationToken);
                return true;
            });
        });
        return builder.Build();
    }
}
