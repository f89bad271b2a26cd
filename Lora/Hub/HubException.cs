namespace LoraCluster.Hub;

/// <summary>Kinds of what can go wrong between here and the hub.</summary>
internal enum HubFault
{
    /// <summary>No answer, a cut connection, a busy hub.</summary>
    Unreachable,

    /// <summary>No such repository, or no access to it.</summary>
    Denied,

    /// <summary>The repository has no such revision or file.</summary>
    Missing,

    /// <summary>An answer that is not the hub's, or names what must not be done.</summary>
    BadAnswer,

    /// <summary>Bytes that are not what the hub announced.</summary>
    Damaged,

    /// <summary>The disk is full or not writable.</summary>
    Disk,
}

/// <summary>A fault with a message for the user; inside of this folder alone, callers get a <see cref="UserErrorException"/>.</summary>
internal sealed class HubException(HubFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public HubFault Fault => fault;

    /// <summary>True if another try may help.</summary>
    public bool IsTransient { get; init; } = fault == HubFault.Unreachable;

    /// <summary>How long the hub asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
