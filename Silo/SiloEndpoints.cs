using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LoraCluster.ServiceDefaults;
using StackExchange.Redis;

namespace LoraCluster.Silo;

/// <summary>Addresses and ports of a silo, for what neither its options nor the configuration gives.</summary>
public static class SiloEndpoints
{
    private const string Section = "Orleans:Endpoints:";

    /// <summary>The settings to add to the configuration, under Orleans' own keys.</summary>
    public static IReadOnlyDictionary<string, string?> Settings(SiloOptions options, string store, IConfiguration configuration)
    {
        var advertised = options.Advertise ?? Parse(configuration[Section + "AdvertisedIPAddress"]) ?? FromWhereReaches(store);
        // Behind a translated address one listens everywhere; else only where one is reached.
        var listen = IsOfThisMachine(advertised) ? advertised
            : advertised.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        int silo = options.SiloPort ?? ParsePort(configuration[Section + "SiloPort"]) ?? FreePort.On(listen);
        int gateway = options.GatewayPort ?? ParsePort(configuration[Section + "GatewayPort"]) ?? FreePort.On(listen);
        return new Dictionary<string, string?>
        {
            [Section + "AdvertisedIPAddress"] = advertised.ToString(),
            [Section + "SiloPort"] = silo.ToString(CultureInfo.InvariantCulture),
            [Section + "GatewayPort"] = gateway.ToString(CultureInfo.InvariantCulture),
            [Section + "SiloListeningEndpoint"] = new IPEndPoint(listen, silo).ToString(),
            [Section + "GatewayListeningEndpoint"] = new IPEndPoint(listen, gateway).ToString(),
        };
    }

    /// <summary>The local address from which the store is reached: others that reach the store most likely reach that too.</summary>
    private static IPAddress FromWhereReaches(string store)
    {
        var target = ConfigurationOptions.Parse(store).EndPoints.First();
        if (target is IPEndPoint { Address: var given } && IPAddress.IsLoopback(given)) return IPAddress.Loopback;
        try
        {
            // Connecting a datagram socket sends nothing; it only picks the route.
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(target);
            return ((IPEndPoint)probe.LocalEndPoint!).Address;
        }
        catch (SocketException e)
        {
            throw new UserErrorException($"no address of this machine leads to the store ({e.Message}); give one by --advertise IP.", e);
        }
    }

    private static bool IsOfThisMachine(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(n => n.GetIPProperties().UnicastAddresses)
            .Any(a => a.Address.Equals(address));

    private static IPAddress? Parse(string? text) => IPAddress.TryParse(text, out var address) ? address : null;

    private static int? ParsePort(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port > 0 ? port : null;
}
