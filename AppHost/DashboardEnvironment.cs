using System.Net;
using System.Security.Cryptography;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>
/// The dashboard without https, a launch profile or anything that must be installed: plain http on loopback behind a login token.
/// Aspire reads these variables when its builder is created; each is set only where the user has not.
/// </summary>
internal static class DashboardEnvironment
{
    private const string Token = "ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN";
    private const string Urls = "ASPNETCORE_URLS";

    /// <summary>Address with the login token.</summary>
    public static string LoginUrl =>
        $"{Environment.GetEnvironmentVariable(Urls)!.Split(';')[0]}/login?t={Environment.GetEnvironmentVariable(Token)}";

    public static void Set(int? dashboardPort)
    {
        // Development: telemetry comes by the second instead of by the minute.
        SetDefault("DOTNET_ENVIRONMENT", "Development");
        SetDefault("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true");
        SetDefault("ASPIRE_VERSION_CHECK_DISABLED", "true");
        SetDefault("ASPIRE_DEVELOPER_CERTIFICATE_DEFAULT_TRUST", "false");
        SetDefault(Token, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        if (dashboardPort is { } port) Environment.SetEnvironmentVariable(Urls, Url(port));
        else SetDefault(Urls, Url(FreePort.On(IPAddress.Loopback)));
        SetDefault("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", Url(FreePort.On(IPAddress.Loopback)));
        SetDefault("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", Url(FreePort.On(IPAddress.Loopback)));
    }

    private static string Url(int port) => FormattableString.Invariant($"http://127.0.0.1:{port}");

    private static void SetDefault(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) Environment.SetEnvironmentVariable(name, value);
    }
}
