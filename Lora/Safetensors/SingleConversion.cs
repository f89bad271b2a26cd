using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LoraCluster.Safetensors;

/// <summary>Little-endian elements to F32. Exact for every float of at most 32 bits; F64 and integers are rounded to nearest.</summary>
internal static class SingleConversion
{
    private static readonly float[] E4M3 = Table(bits => bits == 0x7F ? float.NaN : Small(bits, mantissaBits: 3, bias: 7));
    private static readonly float[] E5M2 = Table(bits => bits switch
    {
        0x7C => float.PositiveInfinity,
        > 0x7C => float.NaN,
        _ => Small(bits, mantissaBits: 2, bias: 15),
    });

    public static bool Supports(SafetensorDtype dtype, bool allowIntegers) => dtype is SafetensorDtype.F32 or SafetensorDtype.F16
        or SafetensorDtype.BF16 or SafetensorDtype.F64 or SafetensorDtype.F8E4M3 or SafetensorDtype.F8E5M2 or SafetensorDtype.F8E8M0
        || (allowIntegers && SafetensorDtypes.IsInteger(dtype));

    public static void Convert(SafetensorDtype dtype, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (dtype)
        {
            case SafetensorDtype.F32: source.CopyTo(MemoryMarshal.AsBytes(destination)); break;
            case SafetensorDtype.F16: TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination); break;
            case SafetensorDtype.BF16: WidenBrain(source, destination); break;
            case SafetensorDtype.F8E4M3: LookUp(E4M3, source, destination); break;
            case SafetensorDtype.F8E5M2: LookUp(E5M2, source, destination); break;
            default: Each(dtype, source, destination); break;
        }
    }

    private static void WidenBrain(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(source);
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        for (int i = 0; i < bits.Length; i++) bits[i] = (uint)halves[i] << 16;
    }

    private static void LookUp(float[] table, ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = table[source[i]];
    }

    private static void Each(SafetensorDtype dtype, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int size = SafetensorDtypes.BitsOf(dtype) / 8;
        for (int i = 0; i < destination.Length; i++) destination[i] = One(dtype, source.Slice(i * size, size));
    }

    private static float One(SafetensorDtype dtype, ReadOnlySpan<byte> bytes) => dtype switch
    {
        SafetensorDtype.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        SafetensorDtype.F8E8M0 => bytes[0] == 0xFF ? float.NaN : MathF.ScaleB(1f, bytes[0] - 127),
        SafetensorDtype.Bool => bytes[0] == 0 ? 0f : 1f,
        SafetensorDtype.U8 => bytes[0],
        SafetensorDtype.I8 => (sbyte)bytes[0],
        SafetensorDtype.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        SafetensorDtype.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        SafetensorDtype.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        SafetensorDtype.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        SafetensorDtype.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        SafetensorDtype.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "cannot be converted to F32"),
    };

    private static float[] Table(Func<int, float> ofPositive)
    {
        var table = new float[256];
        for (int bits = 0; bits < 128; bits++)
        {
            table[bits] = ofPositive(bits);
            table[bits | 0x80] = -table[bits];
        }
        return table;
    }

    private static float Small(int bits, int mantissaBits, int bias)
    {
        int exponent = bits >> mantissaBits, mantissa = bits & ((1 << mantissaBits) - 1);
        return exponent == 0
            ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
    }
}
