using TorchSharp;

namespace LoraCluster.Kernels;

/// <summary>What the self-test found on this machine.</summary>
/// <param name="PackedLinear">Packed weights can be used and agree with plain products, in float32.</param>
/// <param name="RowIndependentFp32">With packed float32 weights a row's bits depend on that row alone: not on the number of rows, its
/// place or the thread count.</param>
/// <param name="RowIndependentBf16">The same for bfloat16 weights; false as well where they cannot be packed.</param>
/// <param name="CounterDropout">The dropout gives the known answer, whichever vector registers it uses.</param>
/// <param name="FusedAdamW">The fused optimizer can be used and agrees with the plain one.</param>
/// <param name="Route">Short and stable: which kernels, instruction set and libtorch. Trainers whose routes differ need not give the same
/// bits.</param>
/// <param name="Reasons">One sentence for everything that is false; empty if all is well.</param>
public sealed record KernelReport(
    bool PackedLinear,
    bool RowIndependentFp32,
    bool RowIndependentBf16,
    bool CounterDropout,
    bool FusedAdamW,
    string Route,
    string[] Reasons)
{
    /// <summary>Whether bfloat16 weights can be packed and agree with plain products.</summary>
    public bool PackedBf16 { get; init; }

    /// <summary>
    /// Whether a run with frozen weights of this dtype gives the same bits however its micro-batches are spread and merged.
    /// </summary>
    /// <param name="dtype">Float32 or bfloat16; others are never packed.</param>
    /// <returns>
    /// True if it was seen to hold for the weight shapes of a BERT base; <see cref="KernelSelfTest.RowIndependent"/> tries others.
    /// </returns>
    public bool EqualBits(torch.ScalarType dtype) => CounterDropout && dtype switch
    {
        torch.ScalarType.Float32 => RowIndependentFp32,
        torch.ScalarType.BFloat16 => RowIndependentBf16,
        _ => false,
    };
}
