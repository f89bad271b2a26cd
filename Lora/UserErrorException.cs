namespace LoraCluster;

/// <summary>
/// Something that the user gave cannot be used: the message names the value and what is allowed, and is meant to be shown as it is,
/// without a stack trace. Several faults are joined by line ends, all of them at once.
/// </summary>
/// <param name="message">What is wrong, with the value, and what is allowed.</param>
/// <param name="inner">The cause, if another exception was behind it.</param>
public sealed class UserErrorException(string message, Exception? inner = null) : Exception(message, inner);
