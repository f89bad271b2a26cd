using LoraCluster.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace LoraCluster.AppHost.RunRows;

/// <summary>The app host as a client of its cluster, for the rows of the runs: a host inside, which ends before the silos do.</summary>
internal static class RunRowsClient
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1), StopPatience = TimeSpan.FromSeconds(3);

    /// <summary>Keeps the rows of runs and silos up to date until cancelled; a cluster that does not answer for a while is asked
    /// again.</summary>
    public static async Task RunAsync(
        DistributedApplication app, ClusterModel model, ClusterAddress address, CancellationToken cancellationToken)
    {
        using var host = Build(address);
        try
        {
            await host.StartAsync(cancellationToken);
            var grains = model.Calls.Grains = host.Services.GetRequiredService<IGrainFactory>();
            var runs = new RunRowsFeed(
                grains, app.ResourceNotifications, app.Services.GetRequiredService<ResourceLoggerService>(), model.PagesPlace);
            var silos = new SiloRows(grains, app.ResourceNotifications, [.. model.Silos.Concat(model.Spares).Select(s => s.Resource)]);
            await FollowAsync(cancellationToken, runs.UpdateAsync, silos.UpdateAsync);
        }
        finally
        {
            model.Calls.Grains = null;
            using var patience = new CancellationTokenSource(StopPatience);
            await host.StopAsync(patience.Token);
        }
    }

    private static async Task FollowAsync(CancellationToken cancellationToken, params Func<Task>[] looks)
    {
        using var timer = new PeriodicTimer(Period);
        do
        {
            foreach (var look in looks)
            {
                try
                {
                    await look();
                }
                catch (Exception e) when (e is Orleans.Runtime.OrleansException or TimeoutException or InvalidOperationException)
                {
                    // A silo is just leaving or coming; the rows stay as they are until the next look.
                }
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
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
