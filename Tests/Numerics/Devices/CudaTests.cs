using LoraCluster.Kernels;
using LoraCluster.Kernels.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Devices;

/// <summary>What is written for CUDA gives what the CPU gives. LORACLUSTER_TEST_DEVICE=cuda:0 runs the other numerics there
/// too.</summary>
public sealed class CudaTests
{
    private static readonly DropoutKey key = new(20, 3, 1, 7);

    public CudaTests() => Assert.SkipUnless(cuda.is_available(), "there is no CUDA device");

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Dropout_has_the_bits_of_the_cpu_forward_and_backward(ScalarType dtype)
    {
        foreach (long n in new[] { 1L, 15, 16, 127, 128, 129, 1000, 100_003 })
        {
            using var scope = NewDisposeScope();
            Tensor x = randn(n).to(dtype), there = x.to(CUDA).requires_grad_();
            Assert.True(CudaDropout.Serves(there), CudaDropout.Reason);
            Tensor expected = CounterDropout.Apply(x, 0.1, key), actual = CounterDropout.Apply(there, 0.1, key);
            Assert.True(Same(expected, actual), $"{n} of {dtype} differ");
            actual.backward([ones_like(actual)]);
            Tensor gradient = CounterDropout.Apply(ones(n).to(dtype), 0.1, key);
            Assert.True(Same(gradient, there.grad!), $"the gradients of {n} of {dtype} differ");
        }
    }

    [Fact]
    public void A_part_that_is_not_contiguous_is_dropped_by_its_own_positions()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(40, 30);
        Tensor expected = CounterDropout.Apply(x.t(), 0.3, key), actual = CounterDropout.Apply(x.to(CUDA).t(), 0.3, key);
        Assert.True(Same(expected, actual));
    }

    [Fact]
    public void AdamW_is_the_cpu_s_to_rounding()
    {
        using var scope = NewDisposeScope();
        Tensor[] here = [randn(1000), randn(1000), zeros(1000), zeros(1000)], there = [.. here.Select(t => t.to(CUDA))];
        for (int step = 1; step <= 5; step++)
            foreach (Tensor[] t in new[] { here, there })
                FusedAdamW.Step(t[0], t[1], t[2], t[3], step, 1e-3, 0.9, 0.999, 1e-8, 0.01);
        Assert.Equal(0, here[0].sub(there[0].cpu()).abs().max().item<float>(), 1e-6);
    }

    private static bool Same(Tensor here, Tensor there) =>
        here.contiguous().bytes.SequenceEqual(there.detach().cpu().contiguous().bytes);
}
