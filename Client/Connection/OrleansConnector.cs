using System.Globalization;
using System.Net;
using LoraCluster.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Runtime;
using StackExchange.Redis;

namespace LoraCluster.Client.Connection;

/// <summary>
/// Connects as an Orleans client: to the store that is named, else to the one in the environment, else to the cluster of this machine.
/// </summary>
internal sealed class OrleansConnector(TimeProvider time) : IClusterConnector
{
    /// <summary>A cluster that starts, or has just lost a silo, may need some seconds to answer.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);

    /// <summary>Longer than the silos need to agree that one of them is dead.</summary>
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    public bool MayBeElsewhere(ClusterTarget target)
    {
        string? store = target.Store ?? Environment.GetEnvironmentVariable($"ConnectionStrings__{StoreConnection.Name}");
        return !string.IsNullOrWhiteSpace(store) && !ClusterAddress.PlaceOf(store).Split(',').All(IsLoopback);
    }

    public async Task<IClusterConnection> ConnectAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        ClusterAddress address = await FindAsync(target, cancellationToken);
        string description = address.Describe();
        IHost host = Build(address);
        try
        {
            await host.StartAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is OrleansException or RedisException or TimeoutException or InvalidOperationException)
        {
            await CloseAsync(host);
            string seconds = ConnectPatience.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            throw new ClientException(ExitCodes.NoCluster, $"{description} has no active silo (none answered within {seconds} s)", e);
        }
        catch (OperationCanceledException)
        {
            await CloseAsync(host);
            throw;
        }
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        return new GrainConnection(grains, description, time, CallPatience, () => CloseAsync(host));
    }

    private static async Task<ClusterAddress> FindAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        IConfiguration environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        try { return await ClusterAddress.FindOrLocalAsync(target.Store, target.ClusterId, environment).WaitAsync(cancellationToken); }
        catch (StoreException e) { throw new ClientException(ExitCodes.NoCluster, e.Message, e); }
    }

    private IHost Build(ClusterAddress address)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddEnvironmentVariables();
        builder.Configuration.AddInMemoryCollection(address.ClientSettings());
        // Without a collector there is nobody to tell, and the console starts faster.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) builder.AddServiceDefaults("client");
        builder.AddStore();
        long start = time.GetTimestamp();
        builder.UseOrleansClient(client =>
        {
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                if (time.GetElapsedTime(start) > ConnectPatience) return false;
                await Task.Delay(RetryPause, time, cancellationToken);
                return true;
            });
        });
        return builder.Build();
    }

    private static bool IsLoopback(string endPoint)
    {
        string host = endPoint.LastIndexOf(':') is var colon and >= 0 ? endPoint[..colon] : endPoint;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
    }

    /// <summary>Bounded: a cluster that is gone must not hold the console.</summary>
    private static async ValueTask CloseAsync(IHost host)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            await host.StopAsync(patience.Token).WaitAsync(StopPatience);
            if (host is IAsyncDisposable disposable) await disposable.DisposeAsync().AsTask().WaitAsync(StopPatience);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException or OrleansException or ObjectDisposedException)
        {
            // The process ends anyway; what could not be told to the cluster, its membership notices.
        }
    }
}
