using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Tests.Unit.ServiceDefaults;

public sealed class FreePortTests
{
    [Fact]
    public void A_port_lies_where_no_outgoing_connection_is_given_its_own()
    {
        int port = FreePort.On(IPAddress.Loopback);
        Assert.InRange(port, FreePort.First, FreePort.Last);
        if (!File.Exists("/proc/sys/net/ipv4/ip_local_port_range")) return;
        string lowest = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ')[0];
        // A system that was tuned otherwise has no room below; there the port is free by luck, as before.
        Assert.SkipUnless(int.Parse(lowest, CultureInfo.InvariantCulture) > FreePort.Last, $"outgoing ports from {lowest}");
        using var outgoing = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        outgoing.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.True(((IPEndPoint)outgoing.LocalEndPoint!).Port > FreePort.Last);
    }

    [Fact]
    public void An_address_of_another_machine_is_an_error_at_once()
    {
        var elsewhere = IPAddress.Parse("192.0.2.1");
        Assert.False(FreePort.CanBind(elsewhere));
        Assert.Throws<SocketException>(() => FreePort.On(elsewhere));
    }
}
