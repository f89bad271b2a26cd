namespace LoraCluster.Grains.Storage;

/// <summary>Name and schema version of a persisted state; the version grows with every change that an older program could not
/// read.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StateSchemaAttribute(string name, int version) : Attribute
{
    /// <summary>Name of the kind of state, for messages.</summary>
    public string Name => name;

    /// <summary>Schema version, 1 or more.</summary>
    public int Version => version;
}

/// <summary>A persisted state that this program does not read; the message names kind and version.</summary>
public sealed class StateSchemaException(string message, Exception? inner = null) : Exception(message, inner);
