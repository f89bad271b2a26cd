using System.Runtime.Intrinsics.X86;
using LoraCluster.Kernels;
using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;
using static LoraCluster.Tests.Numerics.Kernels.LiveTensors;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed unsafe class CounterDropoutTests
{
    private static readonly DropoutKey key = new(20, 3, 1, 7);

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.9)]
    public void Keeps_the_share_and_the_expectation(double p)
    {
        using var scope = NewDisposeScope();
        const int n = 400_000;
        Tensor y = CounterDropout.Apply(ones(n), p, key);
        double share = y.eq(0).sum().item<long>() / (double)n, deviation = Math.Sqrt(p * (1 - p) / n);
        Assert.Equal(p, share, 4 * deviation + 1e-5);
        Assert.Equal(1, y.mean().item<float>(), 4 * deviation / (1 - p) + 1e-5);
        float scale = y.max().item<float>();
        Assert.Equal(1 / (1 - CounterDropout.EffectiveProbability(p)), scale, 1e-6);
        Assert.Equal(0, y.mul(y - scale).abs().max().item<float>());
        // What F.dropout gives: the same two moments.
        Tensor reference = nn.functional.dropout(ones(n), p, training: true);
        Assert.Equal(reference.var().item<float>(), y.var().item<float>(), 0.02 * reference.var().item<float>() + 0.002);
    }

    [Fact]
    public void Neighbours_are_independent()
    {
        using var scope = NewDisposeScope();
        Tensor kept = CounterDropout.Apply(ones(400_000), 0.5, key).ne(0).to(ScalarType.Float64) - 0.5;
        foreach (int lag in new[] { 1, 2, 15, 16, 32, 64, 127, 128, 256, 2048 })
        {
            double covariance = kept.narrow(0, lag, 400_000 - lag).mul(kept.narrow(0, 0, 400_000 - lag)).mean().item<double>();
            Assert.Equal(0, covariance, 0.0018);
        }
    }

    [Fact]
    public void The_mask_follows_from_the_documented_draw()
    {
        using var scope = NewDisposeScope();
        const int n = 1000;
        using Tensor y = CounterDropout.Apply(ones(n), 0.25, key);
        var kept = y.data<float>().ToArray();
        var stream = new RandomStream(key.Seed, RandomPurpose.Dropout, key.Step, key.MicroBatch, key.Site);
        for (int p = 0; p < n; p++)
        {
            var (x0, x1, x2, x3) = Philox4x32.Block(stream.Key, (uint)(16 * (p / 128) + p % 16), 3, 1, 7);
            uint word = new[] { x0, x1, x2, x3 }[p % 128 / 32], draw = p % 32 < 16 ? word & 0xFFFF : word >> 16;
            Assert.Equal(draw >= 16384, kept[p] != 0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1000)]
    [InlineData(4096)]
    public void Vector_paths_give_the_scalar_bits(int n)
    {
        var x = new float[n];
        new RandomStream(1, RandomPurpose.Synthetic).FillNormal(x);
        x[0] = float.NegativeInfinity;
        ushort[] half = [.. x.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))];
        half[^1] = 0x7FFF;                                            // a NaN with every low bit set
        var kernel = new DropoutKernel(key.Stream, 6554, 65536f / (65536 - 6554));
        float[] scalar = new float[n], vector = new float[n];
        ushort[] scalarHalf = new ushort[n], vectorHalf = new ushort[n];
        long chunks = (n + 127) / 128;
        fixed (float* from = x, a = scalar, b = vector)
        fixed (ushort* fromHalf = half, c = scalarHalf, d = vectorHalf)
        {
            kernel.ApplyScalar(from, a, n, 0, chunks);
            kernel.ApplyScalar(fromHalf, c, n, 0, chunks);
            if (Avx2.IsSupported)
            {
                kernel.Apply256(from, b, n, 0, chunks);
                Assert.Equal(scalar.Select(BitConverter.SingleToUInt32Bits), vector.Select(BitConverter.SingleToUInt32Bits));
            }
            if (!Avx512F.IsSupported) return;
            Array.Clear(vector);
            kernel.Apply512(from, b, n, 0, chunks);
            kernel.Apply512(fromHalf, d, n, 0, chunks);
        }
        Assert.Equal(scalar.Select(BitConverter.SingleToUInt32Bits), vector.Select(BitConverter.SingleToUInt32Bits));
        Assert.Equal(scalarHalf, vectorHalf);
    }

    [Fact]
    public void Bfloat16_is_the_product_in_float32_rounded_as_torch_rounds()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(33, 77).to(ScalarType.BFloat16);
        Tensor expected = CounterDropout.Apply(x.to(ScalarType.Float32), 0.1, key).to(ScalarType.BFloat16);
        Assert.Equal(Bits(expected), Bits(CounterDropout.Apply(x, 0.1, key)));
    }

    [Fact]
    public void Ties_are_rounded_to_even()
    {
        using var scope = NewDisposeScope();
        // Eight significant bits times 1.5 end in a half of the last place every other time.
        Tensor x = arange(128, 256, dtype: float32).repeat(8).to(ScalarType.BFloat16);
        Tensor expected = x.to(float32).mul(1.5f).to(ScalarType.BFloat16);
        var kernel = new DropoutKernel(key.Stream, threshold: 0, scale: 1.5f);
        Assert.Equal(Bits(expected), Bits(CounterDropout.Masked(x, kernel)));
        Tensor one = x.narrow(0, 0, 77);                               // less than a chunk: the scalar path
        Assert.Equal(Bits(expected.narrow(0, 0, 77)), Bits(CounterDropout.Masked(one, kernel)));
    }

    [Fact]
    public void Bits_do_not_depend_on_the_thread_count_or_on_being_in_place()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(57, 14, 389);
        int threads = TorchThreads.Current;
        byte[] many, one;
        try
        {
            TorchThreads.Set(3);
            many = Bits(CounterDropout.Apply(x, 0.1, key));
            TorchThreads.Set(1);
            one = Bits(CounterDropout.Apply(x, 0.1, key));
        }
        finally
        {
            TorchThreads.Set(threads);
        }
        Assert.Equal(many, one);
        CounterDropout.ApplyInPlace(x, 0.1, key);
        Assert.Equal(many, Bits(x));
    }

    [Fact]
    public void The_gradient_passes_through_the_same_mask()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(5, 40, 13).requires_grad_(), g = randn(5, 40, 13);
        Tensor y = CounterDropout.Apply(x, 0.3, key);
        Assert.True(y.requires_grad);
        y.backward([g]);
        Assert.Equal(Bits(CounterDropout.Apply(g, 0.3, key)), Bits(x.grad!));
        // Double, against differences: the mask is a constant, so the function is linear and its difference quotient exact.
        Tensor z = rand(40, dtype: float64).requires_grad_();
        CounterDropout.Apply(z, 0.3, key).sum().backward();
        Tensor quotient = CounterDropout.Apply(z.detach() + 1, 0.3, key) - CounterDropout.Apply(z.detach(), 0.3, key);
        Assert.InRange(LargestDifference(z.grad!, quotient), 0, 1e-12);
    }

    [Fact]
    public void A_view_with_gaps_is_masked_by_logical_position()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(30, 20).t();
        Assert.False(x.is_contiguous());
        Assert.Equal(Bits(CounterDropout.Apply(x.contiguous(), 0.2, key)), Bits(CounterDropout.Apply(x, 0.2, key)));
        Tensor gradient = ones(1).expand(20, 30);
        Assert.Equal(Bits(CounterDropout.Apply(ones(20, 30), 0.2, key)), Bits(CounterDropout.Apply(gradient, 0.2, key)));
    }

    [Fact]
    public void Other_dtypes_get_the_same_mask()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(300) + 10;
        Tensor expected = CounterDropout.Apply(x, 0.2, key);
        Assert.InRange(LargestDifference(expected, CounterDropout.Apply(x.to(float64), 0.2, key)), 0, 1e-5);
        Assert.InRange(LargestDifference(expected, CounterDropout.Apply(x.to(float16), 0.2, key)), 0, 0.02);
    }

    [Fact]
    public void Probability_zero_changes_nothing_and_impossible_ones_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor x = randn(10);
        Tensor y = CounterDropout.Apply(x, 0, key);
        Assert.NotSame(x, y);
        Assert.Equal(Bits(x), Bits(y));
        foreach (double p in new[] { -0.1, 1, 1.5, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => CounterDropout.Apply(x, p, key));
        Assert.Throws<ArgumentException>(() => CounterDropout.ApplyInPlace(x.to(float64), 0.1, key));
        Assert.Throws<ArgumentOutOfRangeException>(() => CounterDropout.Apply(x, 0.1, key with { Step = -1 }));
        Assert.Equal(0, CounterDropout.Apply(empty(0, 4), 0.1, key).numel());
    }

    [Fact]
    public void Nothing_leaks_with_or_without_a_scope()
    {
        using Tensor x = randn(64, 64), w = randn(64, 64).requires_grad_();
        LiveTensors.AssertStable(100, () =>
        {
            using var scope = NewDisposeScope();
            CounterDropout.Apply(w * x, 0.1, key).sum().backward();
        });
        LiveTensors.AssertStable(100, () =>
        {
            using Tensor y = CounterDropout.Apply(x, 0.1, key);
        });
    }
}
