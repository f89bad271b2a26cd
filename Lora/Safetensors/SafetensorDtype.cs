namespace LoraCluster.Safetensors;

/// <summary>The element types of a safetensors file, each with the name that the file uses.</summary>
public enum SafetensorDtype
{
    /// <summary>A name that this version does not know. The file opens; only reading that tensor is refused.</summary>
    Unknown,

    /// <summary>BOOL: one byte, 0 or 1.</summary>
    Bool,

    /// <summary>F4: 4-bit float, two in a byte.</summary>
    F4,

    /// <summary>F6_E2M3: 6-bit float, four in three bytes.</summary>
    F6E2M3,

    /// <summary>F6_E3M2: 6-bit float, four in three bytes.</summary>
    F6E3M2,

    /// <summary>U8.</summary>
    U8,

    /// <summary>I8.</summary>
    I8,

    /// <summary>F8_E5M2: 8-bit float with infinities.</summary>
    F8E5M2,

    /// <summary>F8_E4M3: 8-bit float without infinities (E4M3FN).</summary>
    F8E4M3,

    /// <summary>F8_E5M2FNUZ: 8-bit float without infinities or negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>F8_E4M3FNUZ: 8-bit float without infinities or negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>F8_E8M0: a power of two.</summary>
    F8E8M0,

    /// <summary>I16.</summary>
    I16,

    /// <summary>U16.</summary>
    U16,

    /// <summary>F16: IEEE half.</summary>
    F16,

    /// <summary>BF16: the upper half of an F32.</summary>
    BF16,

    /// <summary>I32.</summary>
    I32,

    /// <summary>U32.</summary>
    U32,

    /// <summary>F32: IEEE single.</summary>
    F32,

    /// <summary>C64: two F32, real and imaginary.</summary>
    C64,

    /// <summary>F64: IEEE double.</summary>
    F64,

    /// <summary>I64.</summary>
    I64,

    /// <summary>U64.</summary>
    U64,
}
