using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed class LowRankProductTests
{
    [Theory]
    [InlineData(1, 384, 384, 8)]
    [InlineData(16, 384, 1536, 8)]
    [InlineData(16, 768, 768, 1)]
    [InlineData(3, 5, 7, 4)]
    [InlineData(33, 31, 2, 13)]
    public void It_is_libtorch_s_product_to_rounding_and_a_row_s_bits_are_its_own(int rows, int inputs, int outputs, int rank)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var generator = new Generator(7);
        Tensor Random(params long[] shape) => randn(shape, generator: generator);
        Tensor x = Random(rows, inputs), a = Random(rank, inputs), b = Random(outputs, rank), y = Random(rows, outputs), before = y.clone();
        Assert.True(LowRankProduct.TryAdd(y, x, a, b, 0.5f));

        Tensor expected = before.to(ScalarType.Float64)
            + x.to(ScalarType.Float64).mm(a.to(ScalarType.Float64).t()).mm(b.to(ScalarType.Float64).t()).mul(0.5.ToScalar());
        double error = (y.to(ScalarType.Float64) - expected).abs().max().item<double>();
        Assert.InRange(error, 0, 4e-7 * inputs * Math.Sqrt(rank));

        Tensor last = before[^1..].contiguous();
        Assert.True(LowRankProduct.TryAdd(last, x[^1..].contiguous(), a, b, 0.5f));
        Assert.Equal(y[^1..].contiguous().data<float>().ToArray(), last.data<float>().ToArray());
    }

    [Fact]
    public void What_is_large_of_another_type_or_not_contiguous_is_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor a = zeros(8, 64), b = zeros(64, 8);
        Assert.True(LowRankProduct.TryAdd(zeros(2, 4, 64), zeros(2, 4, 64), a, b, 1));
        Assert.False(LowRankProduct.TryAdd(zeros(4096, 64), zeros(4096, 64), a, b, 1));
        Assert.False(LowRankProduct.TryAdd(zeros(4, 64), zeros(64, 4).t(), a, b, 1));
        Assert.False(LowRankProduct.TryAdd(zeros(4, 64, ScalarType.BFloat16), zeros(4, 64, ScalarType.BFloat16), a, b, 1));
    }
}
