using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed class GlobalNormTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(147_456)]
    public void Agrees_with_torch_in_double(int length)
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(length) * 3;
        double expected = x.to(float64).pow(2).sum().sqrt().item<double>();
        Assert.Equal(expected, GlobalNorm.Of(x), expected * 1e-14);
    }

    [Fact]
    public void The_lanes_are_summed_in_the_fixed_order()
    {
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => (float)Math.Sin(i) * 1e3f)];
        var lanes = new double[16];
        for (int i = 0; i < x.Length; i++) lanes[i % 16] += (double)x[i] * x[i];
        for (int width = 8; width > 0; width /= 2)
            for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
        Assert.Equal(Math.Sqrt(lanes[0]), GlobalNorm.Of((ReadOnlySpan<float>)x));
    }

    [Fact]
    public void Does_not_overflow_and_lets_faults_show()
    {
        Assert.Equal(2e30, GlobalNorm.Of([1e30f, 1e30f, 1e30f, 1e30f]), 1e24);
        Assert.True(double.IsNaN(GlobalNorm.Of([1, float.NaN])));
        Assert.True(double.IsInfinity(GlobalNorm.Of([1, float.NegativeInfinity])));
        using Tensor half = zeros(4, ScalarType.BFloat16);
        Assert.Throws<ArgumentException>(() => GlobalNorm.Of(half));
    }

    [Fact]
    public void The_clip_factor_is_that_of_torch()
    {
        using var scope = NewDisposeScope();
        var parameter = new TorchSharp.Modules.Parameter(zeros(100));
        Tensor grad = randn(100) * 5;
        parameter.grad = grad.clone();
        double norm = nn.utils.clip_grad_norm_([parameter], 1.0);
        Assert.Equal(norm, GlobalNorm.Of(grad), 1e-4);
        Assert.InRange(LiveTensors.LargestDifference(parameter.grad!, grad * GlobalNorm.ClipFactor(GlobalNorm.Of(grad), 1.0)), 0, 1e-6);
        Assert.Equal(1, GlobalNorm.ClipFactor(0.5, 1.0));
        Assert.True(double.IsNaN(GlobalNorm.ClipFactor(double.NaN, 1.0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => GlobalNorm.ClipFactor(1, 0));
    }
}
