namespace LoraCluster.Safetensors;

/// <summary>A tensor that is made while it is written, so that a file larger than the memory can be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Type of its elements; not <see cref="SafetensorDtype.Unknown"/>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="WriteData">Writes its little-endian row-major data, as many bytes as dtype and shape say.</param>
public sealed record SafetensorSource(string Name, SafetensorDtype Dtype, long[] Shape, Action<Stream> WriteData)
{
    /// <summary>Bytes of its data.</summary>
    /// <exception cref="ArgumentException">Dtype and shape give no whole number of bytes.</exception>
    public long ByteLength => Dtype != SafetensorDtype.Unknown && SafetensorDtypes.ByteLength(Dtype, Shape) is { } length ? length
        : throw new ArgumentException($"tensor \"{Name}\": {Dtype} of shape [{string.Join(", ", Shape)}] is not a number of bytes");
}
