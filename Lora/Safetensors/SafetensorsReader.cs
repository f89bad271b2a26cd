using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LoraCluster.Checkpoints;

namespace LoraCluster.Safetensors;

/// <summary>
/// A safetensors file, mapped into memory and read strictly. Valid: a padded header, unaligned data, tensors in any order, zero-size
/// and scalar tensors, fields that the format does not know. Refused: overlaps, holes, a name twice, bytes that belong to no tensor,
/// a file that was cut off. Reading from several threads is safe; disposing while another thread reads is not.
/// </summary>
public sealed class SafetensorsReader : ITensorFile
{
    /// <summary>The longest header that is accepted, in bytes; the same as in the reference library.</summary>
    public const long LongestHeader = 100_000_000;

    private readonly MappedFile file;
    private readonly Dictionary<string, SafetensorInfo> byName;
    private readonly long dataOffset;

    private SafetensorsReader(MappedFile file)
    {
        this.file = file;
        long length = file.Length;
        ulong headerLength = length < 8
            ? throw Refuse($"it has {Format(length)} bytes, fewer than the 8 of the header's length")
            : BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, 8));
        string stated = headerLength.ToString(CultureInfo.InvariantCulture);
        if (headerLength > LongestHeader) throw Refuse($"its header would have {stated} bytes, more than {Format(LongestHeader)}");
        if ((long)headerLength > length - 8)
        {
            throw Refuse($"its header of {stated} bytes does not fit its {Format(length)} bytes; it is damaged or cut off");
        }
        dataOffset = 8 + (long)headerLength;
        (Tensors, Metadata) = SafetensorsHeader.Parse(Path, file.Bytes(8, (int)headerLength), length - dataOffset);
        byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was given.</summary>
    public string Path => file.Path;

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<SafetensorInfo> Tensors { get; }

    /// <summary>The header's <c>__metadata__</c>; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header. The caller disposes the reader.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or is not valid; the message names file, tensor and value.</exception>
    public static SafetensorsReader Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What the header says of a tensor; false where the file has none of that name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorInfo? info) => byName.TryGetValue(name, out info);

    /// <summary>What the header says of a tensor.</summary>
    /// <exception cref="UserErrorException">The file has no tensor of that name.</exception>
    public SafetensorInfo Get(string name) => TryGet(name, out SafetensorInfo? info)
        ? info
        : throw new UserErrorException($"{Path} has no tensor \"{name}\"");

    /// <summary>The bytes of a tensor as they stand in the file, little-endian, row-major, not necessarily aligned.</summary>
    /// <remarks>A view of the mapped file: valid until the reader is disposed.</remarks>
    /// <exception cref="UserErrorException">
    /// No tensor of that name, or its dtype is unknown, or it is longer than a span can be (2 GiB: read it in parts).
    /// </exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        SafetensorInfo info = Readable(name);
        if (info.ByteLength <= int.MaxValue) return Slice(info, 0, (int)info.ByteLength);
        throw new UserErrorException($"{Path}: tensor \"{name}\" has {Format(info.ByteLength)} bytes, too many to be read at once");
    }

    /// <summary>A part of the bytes of a tensor, for those longer than a span can be. Valid until the reader is disposed.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="offset">First byte, counted from the tensor's own start.</param>
    /// <param name="count">Number of bytes.</param>
    /// <exception cref="UserErrorException">No tensor of that name, or its dtype is unknown.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside the tensor.</exception>
    public ReadOnlySpan<byte> Bytes(string name, long offset, int count) => Slice(Readable(name), offset, count);

    /// <summary>
    /// Reads a tensor as F32. F16, BF16 and 8-bit floats are widened exactly; F64 is rounded to nearest.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Row-major; exactly as long as the tensor has elements.</param>
    /// <param name="allowIntegers">Whether integers and truth values are converted (rounded to nearest) instead of refused.</param>
    /// <exception cref="UserErrorException">No tensor of that name, or its dtype is not one that can be read as F32.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void ReadSingles(string name, Span<float> destination, bool allowIntegers = false)
    {
        SafetensorInfo info = Readable(name);
        if (!SingleConversion.Supports(info.Dtype, allowIntegers))
        {
            throw new UserErrorException($"{Path}: tensor \"{name}\" has dtype {info.DtypeName}; "
                + "allowed here are F32, F16, BF16, F64, F8_E4M3, F8_E5M2 and F8_E8M0");
        }
        if (destination.Length != info.ElementCount)
        {
            string lengths = $"{Format(destination.Length)} elements for the {Format(info.ElementCount)}";
            throw new ArgumentException($"{lengths} of tensor \"{name}\"", nameof(destination));
        }
        int elementBytes = SafetensorDtypes.BitsOf(info.Dtype) / 8;
        const int chunk = 1 << 20;
        for (int done = 0; done < destination.Length; done += chunk)
        {
            Span<float> part = destination.Slice(done, Math.Min(chunk, destination.Length - done));
            SingleConversion.Convert(info.Dtype, Slice(info, (long)done * elementBytes, part.Length * elementBytes), part);
        }
    }

    /// <summary>Unmaps the file; spans handed out before become invalid.</summary>
    public void Dispose() => file.Dispose();

    IReadOnlyList<CheckpointTensor> ITensorFile.Tensors =>
        [.. Tensors.Select(tensor => new CheckpointTensor(tensor.Name, tensor.Dtype, tensor.DtypeName, tensor.Shape))];

    void ITensorFile.ReadSingles(string name, Span<float> destination) => ReadSingles(name, destination);

    private SafetensorInfo Readable(string name)
    {
        SafetensorInfo info = Get(name);
        return info.Dtype == SafetensorDtype.Unknown
            ? throw new UserErrorException($"{Path}: tensor \"{name}\" has the unknown dtype {info.DtypeName}")
            : info;
    }

    private ReadOnlySpan<byte> Slice(SafetensorInfo info, long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, info.ByteLength - count);
        return file.Bytes(dataOffset + info.Offset + offset, count);
    }

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    private UserErrorException Refuse(string fault) => new($"{Path} is not a valid safetensors file: {fault}");
}
