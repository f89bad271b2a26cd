using System.Net;
using System.Net.Sockets;

namespace LoraCluster.AppHost;

/// <summary>Ports that nobody listens on. Chosen before anything starts, so that a process that starts again finds its own.</summary>
internal static class FreePort
{
    public static int On(IPAddress address)
    {
        using var socket = Bound(address);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static bool CanBind(IPAddress address)
    {
        try
        {
            using var socket = Bound(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket Bound(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
