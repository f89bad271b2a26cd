using StackExchange.Redis;

namespace LoraCluster.ServiceDefaults;

/// <summary>
/// A connection to the store, for what a process asks before it joins: is it there, does it let us in, which cluster does it name.
/// Orleans uses a connection of its own under the key <see cref="Name"/>.
/// </summary>
public sealed class StoreConnection : IAsyncDisposable
{
    /// <summary>Name of the connection string and of the keyed connection.</summary>
    public const string Name = "store";

    private const string ClusterKey = "loracluster:cluster";
    private const int TimeoutMs = 5000;
    private readonly ConnectionMultiplexer connection;
    private readonly string place;

    private StoreConnection(ConnectionMultiplexer connection, string place)
    {
        this.connection = connection;
        this.place = place;
    }

    /// <summary>Connects once, without retries, and asks for an answer.</summary>
    /// <param name="connectionString">A whole StackExchange.Redis string: <c>HOST:PORT[,password=…][,…]</c>.</param>
    /// <exception cref="StoreException">The string is malformed, nothing answers, or the password is refused.</exception>
    public static async Task<StoreConnection> OpenAsync(string connectionString)
    {
        var options = Parse(connectionString);
        string place = string.Join(", ", options.EndPoints.Select(Describe));
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = TimeoutMs;
        ConnectionMultiplexer? connection = null;
        try
        {
            connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
            return new StoreConnection(connection, place);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            if (connection is not null) await connection.DisposeAsync();
            throw Explain(e, place, options.Password is { Length: > 0 });
        }
    }

    /// <summary>The id of the cluster that uses this store, or null if none stands there.</summary>
    public async Task<string?> TryReadClusterIdAsync() => await AskAsync<string?>(async d => await d.StringGetAsync(ClusterKey));

    /// <summary>The id of the cluster that uses this store.</summary>
    /// <exception cref="StoreException">None stands there.</exception>
    public async Task<string> ReadClusterIdAsync() =>
        await TryReadClusterIdAsync()
        ?? throw new StoreException(
            $"the store at {place} names no cluster. Start the app host with it first (or a silo with --cluster ID), "
            + "or say which cluster by --cluster ID.");

    /// <summary>Names the cluster that uses this store from now on.</summary>
    public Task WriteClusterIdAsync(string clusterId) => AskAsync(d => d.StringSetAsync(ClusterKey, clusterId));

    /// <summary>Names the cluster unless one is named already.</summary>
    public Task WriteClusterIdIfAbsentAsync(string clusterId) =>
        AskAsync(d => d.StringSetAsync(ClusterKey, clusterId, when: When.NotExists));

    /// <summary>Removes what a cluster that has ended leaves behind: its name, if it is still this one, and its list of silos.</summary>
    public Task ForgetClusterAsync(string clusterId) => AskAsync(async d =>
    {
        if (await d.StringGetAsync(ClusterKey) == clusterId) await d.KeyDeleteAsync(ClusterKey);
        return await d.KeyDeleteAsync($"{ClusterAddress.ServiceId}/members/{clusterId}");
    });

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static ConfigurationOptions Parse(string connectionString)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connectionString);
            if (options.EndPoints.Count > 0) return options;
        }
        catch (ArgumentException e)
        {
            // The string may hold a password, so it is not repeated.
            throw new StoreException($"the store's address is no StackExchange.Redis string (HOST:PORT[,password=…]): {e.Message}", e);
        }
        throw new StoreException("the store's address names no host; it takes HOST:PORT[,password=…].");
    }

    private static string Describe(System.Net.EndPoint endPoint) =>
        endPoint is System.Net.DnsEndPoint dns ? FormattableString.Invariant($"{dns.Host}:{dns.Port}") : endPoint.ToString() ?? "";

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        try
        {
            return await ask(connection.GetDatabase());
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw Explain(e, place, hasPassword: true);
        }
    }

    private static StoreException Explain(Exception e, string place, bool hasPassword)
    {
        if (!IsRefusal(e))
            return new StoreException($"no store answers at {place}: is it running, and is the address right? ({Kind(e)})", e);
        return hasPassword
            ? new StoreException($"the store at {place} refuses the password that was given.", e)
            : new StoreException($"the store at {place} wants a password: give it as --redis \"{place},password=…\".", e);
    }

    /// <summary>The client library tells a refused password apart in some cases only; the server's answers are in its text.</summary>
    private static bool IsRefusal(Exception e)
    {
        if (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }) return true;
        string text = e.ToString();
        return new[] { "NOAUTH", "WRONGPASS", "authentication" }.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));
    }

    private static string Kind(Exception e) =>
        e is RedisConnectionException connection ? connection.FailureType.ToString() : e.GetType().Name;
}
