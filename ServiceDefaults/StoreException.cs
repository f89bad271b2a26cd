namespace LoraCluster.ServiceDefaults;

/// <summary>
/// The store, or the cluster that it should name, cannot be reached with what was given. The message is meant to be shown as it is.
/// </summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);
