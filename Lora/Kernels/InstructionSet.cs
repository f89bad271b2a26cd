using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace LoraCluster.Kernels;

/// <summary>What decides which kernels oneDNN and MKL take on this processor, as a short name.</summary>
internal static class InstructionSet
{
    /// <summary>Settings that hold the libraries below what the processor can do, and so change their bits.</summary>
    private static readonly string[] limits =
        ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR"];

    /// <summary>
    /// For example <c>amd-avx512bf16</c>, <c>intel-amx</c>, <c>amd-avx2</c>, <c>arm64</c>; with <c>+NAME=value</c> for each limit that is
    /// set.
    /// </summary>
    public static string Name { get; } = Processor() + string.Concat(
        from limit in limits let value = Environment.GetEnvironmentVariable(limit) where value is not null select $"+{limit}={value}");

    private static string Processor() =>
        X86Base.IsSupported ? $"{Vendor()}-{Level()}" : RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static string Vendor()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        Span<byte> name = stackalloc byte[12];
        MemoryMarshal.Write(name, b);
        MemoryMarshal.Write(name[4..], d);
        MemoryMarshal.Write(name[8..], c);
        return Encoding.ASCII.GetString(name) switch
        {
            "GenuineIntel" => "intel",
            "AuthenticAMD" => "amd",
            _ => "x86",
        };
    }

    private static string Level()
    {
        if (!Avx512F.IsSupported) return Avx2.IsSupported ? "avx2" : "sse";
        // Leaf 7: AMX-BF16 is bit 22 of EDX, sub-leaf 1: AVX512-BF16 is bit 5 of EAX.
        bool amx = (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0, bf16 = (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        return amx ? "amx" : bf16 ? "avx512bf16" : Avx512Vbmi.IsSupported ? "avx512vbmi" : "avx512";
    }
}
