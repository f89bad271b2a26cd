using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>
/// PiSSA (Meng et al. 2024, "PiSSA: Principal Singular Values and Singular Vectors Adaptation"): with W = U S V^T, A starts as
/// sqrt(S_r / s) V_r^T and B as U_r sqrt(S_r / s), so s B A is the principal part of W; what is frozen below is the rest, W - s B A.
/// </summary>
internal static class PissaInitialization
{
    /// <summary>First A [rank, in] and B [out, rank], fp32; the caller disposes them.</summary>
    /// <param name="weight">W, fp32 [out, in]; decomposed in fp64 on the CPU.</param>
    /// <param name="rank">At most the smaller side of W.</param>
    /// <param name="scaling">s.</param>
    public static (Tensor A, Tensor B) Of(Tensor weight, int rank, double scaling)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(weight.cpu().to_type(ScalarType.Float64), fullMatrices: false);
        using Scalar divisor = scaling;
        Tensor root = s.narrow(0, 0, rank).div(divisor).sqrt();
        Tensor a = root.unsqueeze(1).mul(vh.narrow(0, 0, rank)), b = u.narrow(1, 0, rank).mul(root);
        return (a.to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope(),
            b.to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope());
    }
}
