using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace LoraCluster.Client.Connection;

/// <summary>Failures that say nothing about the request: a silo that went or comes, a broken connection, an answer that is late.</summary>
internal static class TransientFaults
{
    public static bool Includes(Exception exception) => exception is OrleansMessageRejectionException or SiloUnavailableException
        or ConnectionFailedException or GatewayTooBusyException or ClientNotAvailableException or TimeoutException;
}
