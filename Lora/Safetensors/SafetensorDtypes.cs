using System.Collections.Frozen;

namespace LoraCluster.Safetensors;

/// <summary>Names and sizes of <see cref="SafetensorDtype"/>.</summary>
public static class SafetensorDtypes
{
    private static readonly FrozenDictionary<string, SafetensorDtype> ByName = Enum.GetValues<SafetensorDtype>()
        .Where(dtype => dtype != SafetensorDtype.Unknown).ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The dtype of a name in a file; <see cref="SafetensorDtype.Unknown"/> where the name is not known.</summary>
    public static SafetensorDtype Parse(string name) => ByName.GetValueOrDefault(name, SafetensorDtype.Unknown);

    /// <summary>The name in a file, such as <c>F8_E4M3</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">For <see cref="SafetensorDtype.Unknown"/>.</exception>
    public static string NameOf(SafetensorDtype dtype) => dtype switch
    {
        SafetensorDtype.Bool => "BOOL",
        SafetensorDtype.F6E2M3 => "F6_E2M3",
        SafetensorDtype.F6E3M2 => "F6_E3M2",
        SafetensorDtype.F8E5M2 => "F8_E5M2",
        SafetensorDtype.F8E4M3 => "F8_E4M3",
        SafetensorDtype.F8E5M2Fnuz => "F8_E5M2FNUZ",
        SafetensorDtype.F8E4M3Fnuz => "F8_E4M3FNUZ",
        SafetensorDtype.F8E8M0 => "F8_E8M0",
        SafetensorDtype.Unknown => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "has no name"),
        _ => dtype.ToString(),
    };

    /// <summary>Bits of one element (4 to 64); 0 for <see cref="SafetensorDtype.Unknown"/>.</summary>
    public static int BitsOf(SafetensorDtype dtype) => dtype switch
    {
        SafetensorDtype.Unknown => 0,
        SafetensorDtype.F4 => 4,
        SafetensorDtype.F6E2M3 or SafetensorDtype.F6E3M2 => 6,
        SafetensorDtype.Bool or SafetensorDtype.U8 or SafetensorDtype.I8 or SafetensorDtype.F8E5M2 or SafetensorDtype.F8E4M3
            or SafetensorDtype.F8E5M2Fnuz or SafetensorDtype.F8E4M3Fnuz or SafetensorDtype.F8E8M0 => 8,
        SafetensorDtype.I16 or SafetensorDtype.U16 or SafetensorDtype.F16 or SafetensorDtype.BF16 => 16,
        SafetensorDtype.I32 or SafetensorDtype.U32 or SafetensorDtype.F32 => 32,
        SafetensorDtype.C64 or SafetensorDtype.F64 or SafetensorDtype.I64 or SafetensorDtype.U64 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "is not a dtype"),
    };

    /// <summary>Whether the elements are whole numbers or truth values.</summary>
    public static bool IsInteger(SafetensorDtype dtype) => dtype is SafetensorDtype.Bool
        or SafetensorDtype.I8 or SafetensorDtype.U8 or SafetensorDtype.I16 or SafetensorDtype.U16
        or SafetensorDtype.I32 or SafetensorDtype.U32 or SafetensorDtype.I64 or SafetensorDtype.U64;

    /// <summary>The bytes that elements of a shape take, or null where the number does not fit, or is not whole.</summary>
    internal static long? ByteLength(SafetensorDtype dtype, ReadOnlySpan<long> shape)
    {
        Int128 bits = BitsOf(dtype);
        foreach (long dimension in shape)
        {
            if (dimension < 0) return null;
            bits *= dimension;
            if (bits > (Int128)long.MaxValue * 8) return null;
        }
        return bits % 8 == 0 ? (long)(bits / 8) : null;
    }
}
