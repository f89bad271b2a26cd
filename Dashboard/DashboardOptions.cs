using LoraCluster.ServiceDefaults;

namespace LoraCluster.Dashboard;

/// <summary>What the dashboard is told: by arguments, else by the environment.</summary>
internal sealed record DashboardOptions
{
    /// <summary>Variable with the token for addresses other than loopback.</summary>
    public const string TokenVariable = "LORACLUSTER_DASHBOARD_TOKEN";

    public string? Redis { get; init; }
    public string? ClusterId { get; init; }

    /// <summary>Addresses to listen on.</summary>
    public required string Urls { get; init; }

    /// <summary>The token; null: none is given.</summary>
    public string? Token { get; init; }

    public const string Help = """
        Dashboard: web pages of a LoraCluster.

          dotnet run --project Dashboard -- [options]

          --redis STRING   the cluster's store: HOST:PORT[,password=…]  (ConnectionStrings__store; default: this machine's cluster)
          --cluster ID     the cluster  (default: the one that the store names)
          --urls URL       where the pages are  (ASPNETCORE_URLS; default http://127.0.0.1:5280); several with semicolons

        On any other address than loopback the pages need a token: LORACLUSTER_DASHBOARD_TOKEN, or a new one, which is printed.
        """;

    private const string DefaultUrl = "http://127.0.0.1:5280";
    private static readonly string[] Names = ["--redis", "--cluster", "--urls"];

    /// <summary>The options.</summary>
    /// <exception cref="StoreException">Something given cannot be used: every fault at once.</exception>
    public static DashboardOptions Parse(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var faults = new List<string>();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int k = 0; k < args.Count; k++)
        {
            string option = args[k];
            if (!Names.Contains(option)) faults.Add($"'{option}' is no option of the dashboard; those are {string.Join(", ", Names)}.");
            else if (k + 1 == args.Count || args[k + 1].StartsWith("--", StringComparison.Ordinal)) faults.Add($"{option} needs a value.");
            else if (!values.TryAdd(option, args[++k])) faults.Add($"{option} is given twice.");
        }
        string urls = values.GetValueOrDefault("--urls") ?? NonEmpty(environment("ASPNETCORE_URLS")) ?? DefaultUrl;
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IsUrl(url)) faults.Add($"--urls '{url}': it takes http://ADDRESS:PORT, as {DefaultUrl}.");
        }
        if (faults.Count > 0) throw new StoreException(string.Join(Environment.NewLine, faults));
        return new DashboardOptions
        {
            Redis = values.GetValueOrDefault("--redis"),
            ClusterId = values.GetValueOrDefault("--cluster"),
            Urls = urls,
            Token = NonEmpty(environment(TokenVariable)),
        };
    }

    private static bool IsUrl(string url)
    {
        try { return BindingAddress.Parse(url) is { Scheme: "http" or "https", IsUnixPipe: false, IsNamedPipe: false }; }
        catch (FormatException) { return false; }
    }

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
