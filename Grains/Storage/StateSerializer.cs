using System.Buffers;
using System.Globalization;
using System.Reflection;
using MessagePack;
using MessagePack.Resolvers;
using Orleans.Storage;

namespace LoraCluster.Grains.Storage;

/// <summary>
/// Persisted states as MessagePack: <c>[schema version, name, state]</c>, the state an array with integer keys. What has no
/// <see cref="StateSchemaAttribute"/> is not ours to persist and refused; so is an unknown version, by name.
/// </summary>
public sealed class StateSerializer : IGrainStorageSerializer
{
    private static readonly MessagePackSerializerOptions Options =
        MessagePackSerializerOptions.Standard.WithResolver(StandardResolver.Instance).WithSecurity(MessagePackSecurity.UntrustedData);

    /// <inheritdoc/>
    public BinaryData Serialize<T>(T? input)
    {
        StateSchemaAttribute schema = SchemaOf(typeof(T));
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(3);
        writer.Write(schema.Version);
        writer.Write(schema.Name);
        MessagePackSerializer.Serialize(ref writer, input, Options);
        writer.Flush();
        return new BinaryData(buffer.WrittenMemory);
    }

    /// <inheritdoc/>
    public T Deserialize<T>(BinaryData input)
    {
        StateSchemaAttribute schema = SchemaOf(typeof(T));
        try
        {
            var reader = new MessagePackReader(input.ToMemory());
            if (reader.ReadArrayHeader() != 3)
                throw new StateSchemaException($"a stored state of kind '{schema.Name}' has no schema version");
            int version = reader.ReadInt32();
            string? name = reader.ReadString();
            if (!string.Equals(name, schema.Name, StringComparison.Ordinal))
                throw new StateSchemaException($"a stored state is of kind '{name}'; expected is '{schema.Name}'");
            if (version != schema.Version) throw new StateSchemaException(Unknown(schema, version));
            return MessagePackSerializer.Deserialize<T>(ref reader, Options);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            throw new StateSchemaException($"a stored state of kind '{schema.Name}' cannot be read: {e.Message}", e);
        }
    }

    private static string Unknown(StateSchemaAttribute schema, int version) => string.Create(CultureInfo.InvariantCulture,
        $"a stored state of kind '{schema.Name}' has schema version {version}; this program reads version {schema.Version}");

    private static StateSchemaAttribute SchemaOf(Type type) => type.GetCustomAttribute<StateSchemaAttribute>()
        ?? throw new StateSchemaException($"{type.FullName} is not a persisted state of LoraCluster");
}
