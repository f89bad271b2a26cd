using System.Net;
using System.Net.Sockets;

namespace LoraCluster.ServiceDefaults;

/// <summary>Ports that nobody listens on, chosen before the process that shall listen is there.</summary>
/// <remarks>
/// They lie below the range from which systems take the ports of outgoing connections (32768 and up on Linux, 49152 and up
/// elsewhere): a port of that range is free now and may be the near end of somebody's connection once the process comes to bind it.
/// </remarks>
public static class FreePort
{
    /// <summary>The lowest port that is handed out.</summary>
    public const int First = 20_000;

    /// <summary>The highest port that is handed out.</summary>
    public const int Last = 29_999;

    private const int Tries = 1000;

    /// <summary>A port on which a listener can be bound at <paramref name="address"/>, drawn by chance.</summary>
    /// <exception cref="SocketException">The address is none of this machine, or no port is free.</exception>
    public static int On(IPAddress address)
    {
        for (int tried = 1; ; tried++)
        {
            int port = Random.Shared.Next(First, Last + 1);
            try
            {
                Bind(address, port);
                return port;
            }
            catch (SocketException e)
                when (tried < Tries && e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Taken, or kept by the system: another one.
            }
        }
    }

    /// <summary>Whether a listener can be bound at <paramref name="address"/>: whether it is one of this machine.</summary>
    public static bool CanBind(IPAddress address)
    {
        try
        {
            Bind(address, 0);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Bind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
    }
}
