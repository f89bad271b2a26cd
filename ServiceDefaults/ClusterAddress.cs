using Microsoft.Extensions.Configuration;

namespace LoraCluster.ServiceDefaults;

/// <summary>Where a cluster is: its store and its name there.</summary>
/// <param name="Store">A whole StackExchange.Redis string, with the password where there is one.</param>
/// <param name="ClusterId">Orleans' cluster id.</param>
public sealed record ClusterAddress(string Store, string ClusterId)
{
    /// <summary>The same in every cluster, so that runs and adapters are found again after a restart under a new cluster id.</summary>
    public const string ServiceId = "loracluster";

    /// <summary>Grain storages that a silo has, all on the one store.</summary>
    public static IReadOnlyList<string> GrainStorages { get; } = ["Default", "blobs"];

    /// <summary>The store's addresses without its options: one of them is the password.</summary>
    public string Place => PlaceOf(Store);

    /// <summary>The cluster for people, without a password.</summary>
    public string Describe() => $"cluster {ClusterId} at {Place}";

    /// <summary>The addresses of a whole StackExchange.Redis string.</summary>
    public static string PlaceOf(string store) =>
        string.Join(',', store.Split(',').Where(part => !part.Contains('=', StringComparison.Ordinal)));

    /// <summary>
    /// Finds the cluster: by <paramref name="redis"/>; else by the configuration (ConnectionStrings:store, and Orleans:ClusterId as
    /// Aspire injects it). Where no cluster id is given, the store is asked. Null if neither names a store.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be reached, refuses the password, or names no cluster.</exception>
    public static async Task<ClusterAddress?> FindAsync(string? redis, string? clusterId, IConfiguration configuration)
    {
        string? store = redis ?? configuration.GetConnectionString(StoreConnection.Name);
        if (string.IsNullOrWhiteSpace(store)) return null;
        // An injected id belongs to the injected store, so it does not hold for another one.
        string? id = clusterId ?? (redis is null ? configuration["Orleans:ClusterId"] : null);
        await using var connection = await StoreConnection.OpenAsync(store);
        return new ClusterAddress(store, string.IsNullOrEmpty(id) ? await connection.ReadClusterIdAsync() : id);
    }

    /// <summary>As <see cref="FindAsync"/>, and where no store is named, the cluster that runs on this machine.</summary>
    /// <exception cref="StoreException">There is none, there are several, or the store cannot be reached.</exception>
    public static async Task<ClusterAddress> FindOrLocalAsync(string? redis, string? clusterId, IConfiguration configuration)
    {
        if (await FindAsync(redis, clusterId, configuration) is { } given) return given;
        var alive = LocalCluster.FindAlive().Where(c => clusterId is null || c.ClusterId == clusterId).ToList();
        return alive.Count switch
        {
            1 => new ClusterAddress(alive[0].Store, alive[0].ClusterId),
            0 => throw new StoreException(
                (clusterId is null ? "no cluster runs on this machine" : $"no cluster '{clusterId}' runs on this machine")
                + ". Start one (dotnet run --project AppHost), or name another one's store by --redis HOST:PORT[,password=…]."),
            _ => throw new StoreException(
                "several clusters run on this machine; say which by --cluster ID:"
                + string.Concat(alive.Select(c => $"{Environment.NewLine}  {c.ClusterId}  {c.Describe()}"))),
        };
    }

    /// <summary>What a client's configuration needs: the keys that Aspire injects, so that a process by hand reads nothing else.</summary>
    public IReadOnlyDictionary<string, string?> ClientSettings() => new Dictionary<string, string?>
    {
        [$"ConnectionStrings:{StoreConnection.Name}"] = Store,
        ["Orleans:ClusterId"] = ClusterId,
        ["Orleans:ServiceId"] = ServiceId,
        ["Orleans:EnableDistributedTracing"] = "true",
        ["Orleans:Clustering:ProviderType"] = "Redis",
        ["Orleans:Clustering:ServiceKey"] = StoreConnection.Name,
    };

    /// <summary>What a silo's configuration needs.</summary>
    public IReadOnlyDictionary<string, string?> SiloSettings()
    {
        var settings = new Dictionary<string, string?>(ClientSettings());
        foreach (string storage in GrainStorages)
        {
            settings[$"Orleans:GrainStorage:{storage}:ProviderType"] = "Redis";
            settings[$"Orleans:GrainStorage:{storage}:ServiceKey"] = StoreConnection.Name;
        }
        return settings;
    }
}
