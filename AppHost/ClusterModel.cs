using System.Globalization;
using System.Net;
using Aspire.Hosting.Orleans;
using LoraCluster.AppHost.RunRows;
using LoraCluster.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LoraCluster.AppHost;

/// <summary>The cluster as Aspire resources: the store, silos that start one after the other, spare silos, the quick start.</summary>
internal sealed class ClusterModel
{
    public const int SpareSilos = 2;
    private readonly IDistributedApplicationBuilder builder;
    private readonly AppHostArguments arguments;
    private readonly ClusterAddress address;

    private ClusterModel(IDistributedApplicationBuilder builder, AppHostArguments arguments, ClusterAddress address) =>
        (this.builder, this.arguments, this.address) = (builder, arguments, address);

    /// <summary>Our own store, if there is one.</summary>
    public IResourceBuilder<ExecutableResource>? Store { get; private set; }

    /// <summary>The silos that start by themselves, in the order of their start.</summary>
    public IReadOnlyList<IResourceBuilder<ExecutableResource>> Silos { get; private set; } = [];

    public IReadOnlyList<IResourceBuilder<ExecutableResource>> Spares { get; private set; } = [];

    public IResourceBuilder<ExecutableResource> QuickStart { get; private set; } = null!;

    /// <summary>For the buttons of the silos' rows.</summary>
    public ClusterCalls Calls { get; } = new();

    /// <summary>The process that serves the run pages.</summary>
    public IResourceBuilder<ExecutableResource> Pages { get; private set; } = null!;

    /// <summary>Where they are.</summary>
    public required RunPages PagesPlace { get; init; }

    public static ClusterModel Build(
        IDistributedApplicationBuilder builder, AppHostArguments arguments, ClusterAddress address, StorePlace? place)
    {
        var model = new ClusterModel(builder, arguments, address) { PagesPlace = new RunPages(arguments) };
        if (place is not null) model.Store = model.AddStore(place);
        var orleans = model.AddOrleans();

        var silos = new List<IResourceBuilder<ExecutableResource>>();
        for (int k = 1; k <= arguments.Silos + SpareSilos; k++)
        {
            bool spare = k > arguments.Silos;
            // Two silos that join together take longer than one after the other.
            var silo = model.AddSilo(k, orleans, after: spare ? model.Store : silos.LastOrDefault() ?? model.Store);
            if (spare) silo.WithExplicitStart();
            silos.Add(silo);
        }
        model.Silos = silos[..arguments.Silos];
        model.Spares = silos[arguments.Silos..];
        model.QuickStart = model.AddQuickStart(orleans);
        model.Pages = model.PagesPlace.AddTo(builder, orleans, model.Store);
        return model;
    }

    private IResourceBuilder<ExecutableResource> AddStore(StorePlace place)
    {
        builder.Services.AddHealthChecks().AddAsyncCheck("store-answers", async () =>
        {
            try
            {
                await using var connection = await StoreConnection.OpenAsync(place.ConnectionString);
                return HealthCheckResult.Healthy();
            }
            catch (StoreException e)
            {
                return HealthCheckResult.Unhealthy(e.Message);
            }
        });
        var store = builder.AddProgram<Projects.Store>("store-server", "--bind", place.Address.ToString(), "--data", place.DataFolder)
            .WithEndpoint(place.Port, place.Port, scheme: "tcp", name: "resp", env: "STORE_PORT", isProxied: false)
            .WithHealthCheck("store-answers");
        // By the environment: a process list shows arguments to everyone.
        return place.Password is null
            ? store
            : store.WithEnvironment("LORACLUSTER_STORE_PASSWORD", Secret("store-password", place.Password));
    }

    private OrleansService AddOrleans()
    {
        var store = builder.AddConnectionString(StoreConnection.Name, Expression(address.Store)).WithOrleansProviderType("Redis");
        var orleans = builder.AddOrleans("cluster")
            .WithServiceId(ClusterAddress.ServiceId)
            .WithClusterId(address.ClusterId)
            .WithClustering(store);
        foreach (string storage in ClusterAddress.GrainStorages) orleans.WithGrainStorage(storage, store);
        return orleans;
    }

    private IResourceBuilder<ExecutableResource> AddSilo(int number, OrleansService orleans, IResourceBuilder<IResource>? after)
    {
        string name = FormattableString.Invariant($"silo-{number}");
        int health = FreePort.On(IPAddress.Loopback);
        int threads = Math.Max(1, Environment.ProcessorCount / arguments.Silos);
        var silo = builder.AddProgram<Projects.Silo>(name)
            .WithReference(orleans)
            .WithEnvironment("Orleans__Name", name)
            .WithEnvironment("Orleans__Endpoints__AdvertisedIPAddress", (arguments.Bind ?? IPAddress.Loopback).ToString())
            .WithEnvironment("LORACLUSTER_THREADS",
                Environment.GetEnvironmentVariable("LORACLUSTER_THREADS") ?? threads.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment("LORACLUSTER_DEVICE", arguments.Device ?? Environment.GetEnvironmentVariable("LORACLUSTER_DEVICE") ?? "auto")
            .WithEnvironment("ASPNETCORE_URLS", FormattableString.Invariant($"http://127.0.0.1:{health}"))
            .WithHttpEndpoint(health, health, name: "http", isProxied: false)
            .WithHttpHealthCheck("/health");
        SiloRows.AddCommands(silo, Calls);
        PassOn(silo, "LORACLUSTER_PYTHON", arguments.Python);
        PassOn(silo, "PYTHONPATH", arguments.PythonPath);
        return after is null ? silo : silo.WaitFor(after);
    }

    private static void PassOn(IResourceBuilder<ExecutableResource> resource, string variable, string? given)
    {
        if ((given ?? Environment.GetEnvironmentVariable(variable)) is { Length: > 0 } value) resource.WithEnvironment(variable, value);
    }

    private IResourceBuilder<ExecutableResource> AddQuickStart(OrleansService orleans)
    {
        var client = builder.AddProgram<Projects.Client>("quickstart", "quickstart").WithReference(orleans.AsClient());
        foreach (var silo in Silos) client.WaitFor(silo);
        QuickStartRun.AddCommand(client);
        return arguments.QuickStart ? client : client.WithExplicitStart();
    }

    /// <summary>The connection string, its password a secret parameter, which the dashboard hides.</summary>
    private ReferenceExpression Expression(string connectionString)
    {
        const string Marker = "password=";
        string[] parts = connectionString.Split(',');
        int k = Array.FindIndex(parts, p => p.TrimStart().StartsWith(Marker, StringComparison.OrdinalIgnoreCase));
        if (k < 0) return ReferenceExpression.Create($"{connectionString}");
        string before = string.Join(',', parts[..k].Append(Marker)), after = string.Concat(parts[(k + 1)..].Select(p => "," + p));
        return ReferenceExpression.Create($"{before}{Secret("store-password", parts[k].TrimStart()[Marker.Length..])}{after}");
    }

    private IResourceBuilder<ParameterResource> Secret(string name, string value) =>
        builder.Resources.OfType<ParameterResource>().FirstOrDefault(p => p.Name == name) is { } there
            ? builder.CreateResourceBuilder(there)
            : builder.AddParameter(name, value, secret: true);
}
