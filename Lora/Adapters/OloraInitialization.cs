using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>
/// OLoRA (Büyükakyüz 2024, "OLoRA: Orthonormal Low-Rank Adaptation of Large Language Models"): with W = Q R, A starts as the first rows of
/// R and B as the first columns of Q; what is frozen below is W - s B A.
/// </summary>
internal static class OloraInitialization
{
    /// <summary>First A [rank, in] and B [out, rank], fp32; the caller disposes them.</summary>
    /// <param name="weight">W, fp32 [out, in]; decomposed in fp64 on the CPU.</param>
    /// <param name="rank">At most the smaller side of W.</param>
    public static (Tensor A, Tensor B) Of(Tensor weight, int rank)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        (Tensor q, Tensor r) = linalg.qr(weight.cpu().to_type(ScalarType.Float64));
        return (r.narrow(0, 0, rank).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope(),
            q.narrow(1, 0, rank).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope());
    }
}
