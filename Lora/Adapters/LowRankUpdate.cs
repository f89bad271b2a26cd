using LoraCluster.Kernels;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>What LoRA adds to a weight (Hu et al. 2021): s B A.</summary>
internal static class LowRankUpdate
{
    /// <summary>s B A, fp32 [out, in], without gradient; the caller disposes it.</summary>
    /// <param name="b">fp32 [out, rank].</param>
    /// <param name="a">fp32 [rank, in].</param>
    /// <param name="scaling">s.</param>
    public static Tensor Of(Tensor b, Tensor a, double scaling)
    {
        using var _ = no_grad();
        using Tensor product = b.mm(a);
        return product.Times(scaling);
    }
}
