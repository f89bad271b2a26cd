using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LoraCluster.Safetensors;

/// <summary>F32 to little-endian elements of a file, rounded once, to nearest even: the inverse of
/// <see cref="SingleConversion"/>.</summary>
internal static class SingleNarrowing
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Whether values can be written as this dtype: F32, F16 and BF16.</summary>
    public static bool Supports(SafetensorDtype dtype) => dtype is SafetensorDtype.F32 or SafetensorDtype.F16 or SafetensorDtype.BF16;

    /// <summary>Converts values.</summary>
    /// <param name="dtype">One that is supported.</param>
    /// <param name="source">Values.</param>
    /// <param name="destination">As many elements.</param>
    /// <returns>False if a finite value became infinite: it does not fit the dtype.</returns>
    public static bool Convert(SafetensorDtype dtype, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (dtype)
        {
            case SafetensorDtype.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                return true;
            case SafetensorDtype.F16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                TensorPrimitives.ConvertToHalf(source, halves);
                for (int i = 0; i < source.Length; i++)
                    if (Half.IsInfinity(halves[i]) && float.IsFinite(source[i])) return false;
                return true;
            case SafetensorDtype.BF16:
                return NarrowBrain(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination));
            default:
                throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "cannot be written from F32");
        }
    }

    /// <summary>Converts values and writes them, part by part.</summary>
    /// <returns>False if a finite value became infinite; what follows it is not written.</returns>
    public static bool Write(SafetensorDtype dtype, ReadOnlySpan<float> values, Stream stream)
    {
        int size = SafetensorDtypes.BitsOf(dtype) / 8;
        byte[] buffer = new byte[Math.Min(ChunkElements, values.Length) * size];
        for (int done = 0; done < values.Length; done += ChunkElements)
        {
            ReadOnlySpan<float> part = values.Slice(done, Math.Min(ChunkElements, values.Length - done));
            Span<byte> bytes = buffer.AsSpan(0, part.Length * size);
            if (!Convert(dtype, part, bytes)) return false;
            stream.Write(bytes);
        }
        return true;
    }

    private static bool NarrowBrain(ReadOnlySpan<uint> bits, Span<ushort> halves)
    {
        const uint magnitude = 0x7FFF_FFFF, infinity = 0x7F80_0000, quiet = 0x40;
        bool fits = true;
        for (int i = 0; i < bits.Length; i++)
        {
            uint value = bits[i];
            // The carry of a NaN's payload would make it an infinity.
            if ((value & magnitude) > infinity) halves[i] = (ushort)((value >> 16) | quiet);
            else
            {
                halves[i] = (ushort)((value + 0x7FFF + ((value >> 16) & 1)) >> 16);
                fits &= (value & magnitude) == infinity || (halves[i] & 0x7FFFu) != infinity >> 16;
            }
        }
        return fits;
    }
}
