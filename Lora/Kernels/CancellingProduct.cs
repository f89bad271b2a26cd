using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Made-up operands whose products are zero but for rounding: for each term of a sum there is the opposite one, elsewhere in the sum.
/// What is left over depends on the order of summation in every bit. (With ordinary operands two orders agree after rounding to bfloat16
/// in all but one of some ten thousand elements, and a test with few rows sees no difference.)
/// </summary>
internal static class CancellingProduct
{
    /// <summary>How far the opposite terms are turned, so that no simple split of the sum pairs them.</summary>
    private const int Turn = 7;

    /// <summary>A weight [out, in]; an odd last row or column is zero. The caller disposes it.</summary>
    public static Tensor Weight(long outputs, long inputs, ScalarType dtype)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor quarter = Uniform(0, outputs / 2, inputs / 2), turned = quarter.roll([Turn], [1]);
        Tensor top = cat([quarter, -turned], 1), weight = zeros(outputs, inputs);
        weight.narrow(0, 0, outputs / 2).narrow(1, 0, top.size(1)).copy_(top);
        weight.narrow(0, outputs / 2, outputs / 2).narrow(1, 0, top.size(1)).copy_(-top.roll([Turn], [0]));
        return weight.to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Rows [rows, width] that cancel with <see cref="Weight"/>, from either side of it. The caller disposes them.</summary>
    public static Tensor Rows(int rows, long width, ScalarType dtype)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor half = Uniform(1, rows, width / 2), result = zeros(rows, width);
        result.narrow(1, 0, width / 2).copy_(half);
        result.narrow(1, width / 2, width / 2).copy_(half.roll([Turn], [1]));
        return result.to(dtype).MoveToOuterDisposeScope();
    }

    private static Tensor Uniform(int site, params long[] shape)
    {
        Tensor result = empty(shape, ScalarType.Float32);
        new RandomStream(1, RandomPurpose.Synthetic, site: site).FillUniform(RawTensor.Floats(result), -1.7, 1.7);
        return result;
    }
}
