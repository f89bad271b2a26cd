using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static LoraCluster.Tests.Numerics.Kernels.LiveTensors;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed class FusedAdamWTests
{
    private const int Length = 1003;

    [Theory]
    [InlineData(true, 1e-3, 0.9, 0.999, 1e-8, 0.01)]
    [InlineData(false, 1e-3, 0.9, 0.999, 1e-8, 0.01)]
    [InlineData(true, 5e-2, 0.8, 0.95, 1e-6, 0)]
    [InlineData(true, 0, 0.9, 0.999, 1e-8, 0.1)]
    [InlineData(true, 1e-2, 0.4, 0.999, 1e-8, 0.1)]
    public void Follows_the_formula_in_double(bool fused, double lr, double beta1, double beta2, double eps, double decay)
    {
        using var scope = NewDisposeScope();
        Tensor theta = randn(Length), m = zeros(Length), v = zeros(Length);
        double[] t = [.. theta.data<float>().ToArray().Select(x => (double)x)], first = new double[Length], second = new double[Length];
        for (int step = 1; step <= 10; step++)
        {
            Tensor grad = randn(Length);
            float[] g = grad.data<float>().ToArray();
            if (fused) FusedAdamW.Step(theta, grad, m, v, step, lr, beta1, beta2, eps, decay);
            else FusedAdamW.Plain(theta, grad, m, v, step, lr, beta1, beta2, eps, decay);
            for (int i = 0; i < Length; i++)
            {
                t[i] *= 1 - lr * decay;
                first[i] = beta1 * first[i] + (1 - beta1) * g[i];
                second[i] = beta2 * second[i] + (1 - beta2) * g[i] * (double)g[i];
                double unbiased = first[i] / (1 - Math.Pow(beta1, step)), scale = Math.Sqrt(second[i] / (1 - Math.Pow(beta2, step))) + eps;
                t[i] -= lr * unbiased / scale;
            }
        }
        // Ten roundings of a float32 of size up to 4.
        Assert.InRange(LargestDifference(tensor(t), theta), 0, 3e-6);
        Assert.InRange(LargestDifference(tensor(first), m), 0, 1e-6);
        Assert.InRange(LargestDifference(tensor(second), v), 0, 1e-6);
    }

    [Fact]
    public void Agrees_with_the_managed_optimizer()
    {
        using var scope = NewDisposeScope();
        Tensor theta = randn(Length) * 0.02, m = zeros(Length), v = zeros(Length);
        var parameter = new TorchSharp.Modules.Parameter(theta.clone());
        var optimizer = optim.AdamW([parameter], lr: 2e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01);
        for (int step = 1; step <= 5; step++)
        {
            Tensor grad = randn(Length) * 0.1;
            parameter.grad = grad.clone();
            optimizer.step();
            FusedAdamW.Step(theta, grad, m, v, step, 2e-4, 0.9, 0.999, 1e-8, 0.01);
        }
        Assert.InRange(LargestDifference(parameter, theta), 0, 1e-7);
    }

    [Fact]
    public void Slices_are_updated_alone()
    {
        using var scope = NewDisposeScope();
        Tensor theta = randn(Length), before = theta.clone(), grad = randn(Length), m = zeros(Length), v = zeros(Length);
        Tensor Slice(Tensor t) => t.narrow(0, 100, 37);
        FusedAdamW.Step(Slice(theta), Slice(grad), Slice(m), Slice(v), 1, 0.1, 0.9, 0.999, 1e-8, 0);
        Assert.Equal(37, theta.ne(before).sum().item<long>());
        Assert.Equal(37, m.ne(0).sum().item<long>());
        Assert.Equal(Bits(before.narrow(0, 0, 100)), Bits(theta.narrow(0, 0, 100)));
    }

    [Fact]
    public void Bits_do_not_depend_on_slices_or_on_the_thread_count()
    {
        using var scope = NewDisposeScope();
        const int n = 200_003;
        Tensor theta = randn(n), grad = randn(n), m = randn(n) * 0.01, v = rand(n) * 0.01;
        (byte[], byte[], byte[]) Run(int threads, int slice)
        {
            TorchThreads.Set(threads);
            Tensor t = theta.clone(), first = m.clone(), second = v.clone();
            for (int i = 0; i < n; i += slice)
            {
                int length = Math.Min(slice, n - i);
                Tensor Part(Tensor vector) => vector.narrow(0, i, length);
                FusedAdamW.Step(Part(t), Part(grad), Part(first), Part(second), 7, 3e-3, 0.9, 0.999, 1e-8, 0.01);
            }
            return (Bits(t), Bits(first), Bits(second));
        }
        int before = TorchThreads.Current;
        try
        {
            var expected = Run(1, n);
            foreach (var (threads, slice) in new[] { (2, n), (3, n), (1, 1000), (1, 37), (2, 100_001) })
            {
                var (t, first, second) = Run(threads, slice);
                Assert.True(expected.Item1.AsSpan().SequenceEqual(t), $"theta, {threads} threads, slices of {slice}");
                Assert.True(expected.Item2.AsSpan().SequenceEqual(first), $"m, {threads} threads, slices of {slice}");
                Assert.True(expected.Item3.AsSpan().SequenceEqual(second), $"v, {threads} threads, slices of {slice}");
            }
        }
        finally
        {
            TorchThreads.Set(before);
        }
    }

    [Fact]
    public void Works_on_parameters_that_require_gradients()
    {
        using var scope = NewDisposeScope();
        Tensor theta = ones(8).requires_grad_(), m = zeros(8), v = zeros(8);
        FusedAdamW.Step(theta, ones(8), m, v, 1, 0.1, 0.9, 0.999, 0, 0);
        Assert.InRange(LargestDifference(full(8, 0.9f), theta), 0, 1e-6);
        Assert.True(theta.is_leaf);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        Tensor a = zeros(4), b = zeros(5), d = zeros(4, float64), gaps = zeros(8)[TensorIndex.Slice(step: 2)];
        void Step(Tensor t, Tensor g, long step = 1, double lr = 1e-3, double beta1 = 0.9, double eps = 1e-8) =>
            FusedAdamW.Step(t, g, zeros(4), zeros(4), step, lr, beta1, 0.999, eps, 0);
        Assert.Throws<ArgumentException>(() => Step(a, b));
        Assert.Throws<ArgumentException>(() => Step(a, d));
        Assert.Throws<ArgumentException>(() => Step(gaps, a));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(a, a, step: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(a, a, lr: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(a, a, beta1: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Step(a, a, eps: -1));
    }

    [Fact]
    public void Nothing_leaks()
    {
        using Tensor theta = randn(64), grad = randn(64), m = zeros(64), v = zeros(64);
        AssertStable(100, () => FusedAdamW.Step(theta, grad, m, v, 1, 1e-3, 0.9, 0.999, 1e-8, 0.01));
        AssertStable(100, () => FusedAdamW.Plain(theta, grad, m, v, 1, 1e-3, 0.9, 0.999, 1e-8, 0.01));
    }
}
