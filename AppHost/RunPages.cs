using System.Net;
using System.Security.Cryptography;
using Aspire.Hosting.Orleans;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>
/// The run pages: on loopback for everyone on this machine; with --bind on that address too, and then on both only for who has the token.
/// </summary>
internal sealed class RunPages(AppHostArguments arguments)
{
    private const string Resource = "dashboard", TokenVariable = "LORACLUSTER_DASHBOARD_TOKEN";
    private readonly int port = arguments.PagesPort ?? FreePort.On(IPAddress.Loopback);
    private readonly string? token = Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } given ? given
        : arguments.Bind is null ? null : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>What a user opens.</summary>
    public string Url => Address(arguments.Bind ?? IPAddress.Loopback) + (token is null ? "" : $"/login?t={token}");

    /// <summary>Page of a run or job, for a browser on this machine.</summary>
    public string PageOf(string id) => $"{Address(IPAddress.Loopback)}/runs/{id}";

    /// <summary>Report of a run or job, for a browser on this machine.</summary>
    public string ReportOf(string id) => $"{Address(IPAddress.Loopback)}/report?run={id}";

    public IResourceBuilder<ExecutableResource> AddTo(
        IDistributedApplicationBuilder builder, OrleansService orleans, IResourceBuilder<IResource>? store)
    {
        string loopback = Address(IPAddress.Loopback);
        bool both = arguments.Bind is { } bind && !bind.Equals(IPAddress.Loopback);
        var pages = builder.AddProgram<Projects.Dashboard>(Resource)
            .WithReference(orleans.AsClient())
            .WithEnvironment("ASPNETCORE_URLS", both ? $"{loopback};{Address(arguments.Bind!)}" : loopback)
            .WithHttpEndpoint(port, port, name: "http", isProxied: false)
            .WithHttpHealthCheck("/health");
        // By the environment: a process list shows arguments to everyone.
        if (token is not null) pages.WithEnvironment(TokenVariable, builder.AddParameter("dashboard-token", token, secret: true));
        return store is null ? pages : pages.WaitFor(store);
    }

    private string Address(IPAddress address) => $"http://{new IPEndPoint(address, port)}";
}
