using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static LoraCluster.Tests.Numerics.Kernels.LiveTensors;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed class FrozenLinearTests
{
    public static TheoryData<long[], int, int, bool> Shapes => new()
    {
        { [7, 32], 32, 48, true }, { [3, 5, 32], 32, 16, false }, { [2, 3, 4, 33], 33, 31, true }, { [32], 32, 8, true },
        { [1, 1], 1, 1, true }, { [0, 32], 32, 8, true }, { [448, 384], 384, 1536, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Agrees_with_torch_forward_and_backward(long[] shape, int inputs, int outputs, bool hasBias)
    {
        using var scope = NewDisposeScope();
        Tensor w = randn(outputs, inputs) / Math.Sqrt(inputs);
        Tensor x = randn(shape).requires_grad_(), other = x.detach().clone().requires_grad_();
        Tensor? b = hasBias ? randn(outputs) : null;
        using var linear = FrozenLinear.Create(w, b);
        Tensor y = linear.Forward(x), expected = nn.functional.linear(other, w, b);
        Assert.Equal(expected.shape, y.shape);
        Assert.True(y.requires_grad);
        Tensor g = randn_like(expected);
        y.backward([g]);
        expected.backward([g]);
        if (x.numel() == 0) return;
        Assert.InRange(LargestDifference(expected, y), 0, 2e-5);
        Assert.InRange(LargestDifference(other.grad!, x.grad!), 0, 2e-5 * Math.Sqrt(outputs / 32.0 + 1));
        using (no_grad()) Assert.Equal(Bits(y), Bits(linear.Forward(x)));
        Tensor plain = linear.Forward(x.detach());
        Assert.False(plain.requires_grad);
        Assert.Equal(Bits(y), Bits(plain));
    }

    /// <summary>libtorch's own packed product is silently wrong for many widths: see <see cref="PackedMatrix"/>.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Every_width_is_right(ScalarType dtype)
    {
        static float Largest(Tensor t) => t.abs().max().to(float32).item<float>();
        using var noGrad = no_grad();
        foreach (int inputs in new[] { 1, 2, 8, 31, 48, 200 })
        {
            foreach (int outputs in Enumerable.Range(1, 200).Concat([257, 288, 312, 400, 768, 1000]))
            {
                using var scope = NewDisposeScope();
                Tensor w = randn(outputs, inputs).to(dtype), b = randn(outputs).to(dtype);
                Tensor x = randn(5, inputs).to(dtype), g = randn(5, outputs).to(dtype);
                using var packed = PackedWeight.Pack(w);
                Assert.Equal(KernelSelfTest.Packs(dtype) && inputs > 1 && outputs > 1, packed.IsPacked);
                Tensor y = nn.functional.linear(x, w, b), z = g.matmul(w);
                double tolerance = dtype == ScalarType.Float32 ? 1e-5 : 0.02;
                string where = $"{inputs} -> {outputs}";
                Assert.True(LargestDifference(y, packed.Multiply(x, b)) <= tolerance * Largest(y), where);
                Assert.True(LargestDifference(z, packed.MultiplyTransposed(g)) <= tolerance * Largest(z), where);
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    public void Bfloat16_weights_are_as_close_as_their_rounding(ScalarType output)
    {
        using var scope = NewDisposeScope();
        Tensor w = randn(48, 256) / 16, b = randn(48), x = randn(6, 9, 256).requires_grad_(), g = randn(6, 9, 48);
        using var linear = FrozenLinear.Create(w.to(ScalarType.BFloat16), b);
        Tensor y = linear.Forward(x, output);
        Assert.Equal(output, y.dtype);
        y.backward([g.to(output)]);
        Assert.Equal(ScalarType.Float32, x.grad!.dtype);
        // The oracle computes in double on the same rounded operands: what is left are one or two roundings of the result.
        static Tensor Rounded(Tensor t) => t.detach().to(ScalarType.BFloat16).to(float64);
        Tensor expected = nn.functional.linear(Rounded(x), Rounded(w), Rounded(b)), gradient = Rounded(g).matmul(Rounded(w));
        Assert.InRange(LargestDifference(expected, y), 0, expected.abs().max().item<double>() / 128);
        Assert.InRange(LargestDifference(gradient, x.grad!), 0, gradient.abs().max().item<double>() / 128);
    }

    [Fact]
    public void The_plain_route_is_the_same_function()
    {
        using var scope = NewDisposeScope();
        Tensor w = randn(20, 30).to(ScalarType.BFloat16), b = randn(20);
        Tensor x = randn(4, 30).requires_grad_(), other = x.detach().clone().requires_grad_();
        using var weight = PackedWeight.Plain(w);
        using var plain = new FrozenLinear(weight, b);
        using var packed = FrozenLinear.Create(w, b);
        Assert.False(plain.Weight.IsPacked);
        Assert.Equal(0, weight.ByteSize);
        Tensor y = plain.Forward(x, float32), z = packed.Forward(other, float32);
        y.sum().backward();
        z.sum().backward();
        Assert.InRange(LargestDifference(y, z), 0, 0.15);
        Assert.InRange(LargestDifference(x.grad!, other.grad!), 0, 0.15);
        Assert.InRange(LargestDifference(plain.InputGradient(ones(4, 20), float32), packed.InputGradient(ones(4, 20), float32)), 0, 0.15);
    }

    [Fact]
    public void Gradient_reaches_what_lies_below_and_above()
    {
        using var scope = NewDisposeScope();
        Tensor w = randn(24, 16) / 4, x = randn(5, 16), a = randn(16, 16).requires_grad_(), a2 = a.detach().clone().requires_grad_();
        using var linear = FrozenLinear.Create(w, null);
        // Used twice, and its input as well: gradients are summed, so none may be changed in place.
        static Tensor Loss(Tensor h, Func<Tensor, Tensor> f) => (f(h).tanh().sum() + f(h * 2).pow(2).sum() + h.pow(3).sum());
        Loss(x.matmul(a), h => linear.Forward(h)).backward();
        Loss(x.matmul(a2), h => nn.functional.linear(h, w)).backward();
        Assert.InRange(LargestDifference(a.grad!, a2.grad!), 0, 1e-3 * a2.grad!.abs().max().item<float>());
    }

    [Fact]
    public void The_packed_weight_outlives_the_given_one_and_the_scope()
    {
        FrozenLinear linear;
        using Tensor x = randn(3, 16);
        Tensor expected;
        using (var scope = NewDisposeScope())
        {
            Tensor w = randn(8, 16), b = randn(8);
            linear = FrozenLinear.Create(w, b);
            expected = nn.functional.linear(x, w, b).MoveToOuterDisposeScope();
            w.zero_();
            b.zero_();
        }
        using (linear)
        using (expected)
        using (Tensor y = linear.Forward(x)) Assert.InRange(LargestDifference(expected, y), 0, 1e-4);
        Assert.Throws<InvalidOperationException>(() => linear.Forward(x));
    }

    [Fact]
    public void Wrong_shapes_and_dtypes_are_refused()
    {
        using var scope = NewDisposeScope();
        using var linear = FrozenLinear.Create(randn(8, 16), null, inputGradient: false);
        Assert.Throws<ArgumentException>(() => linear.Forward(randn(3, 15)));
        Assert.Throws<ArgumentException>(() => linear.Weight.Multiply(randn(3, 16).to(ScalarType.BFloat16)));
        using var both = FrozenLinear.Create(randn(8, 16), null);
        Assert.Throws<ArgumentException>(() => both.Forward(randn(3, 15).requires_grad_()));
        Assert.Throws<InvalidOperationException>(() => linear.InputGradient(randn(3, 8), float32));
        Assert.Throws<InvalidOperationException>(() => linear.Forward(randn(3, 16).requires_grad_()));
        Assert.Throws<ArgumentException>(() => PackedWeight.Pack(randn(4)));
        Assert.Throws<ArgumentException>(() => PackedWeight.Pack(zeros(4, 4, ScalarType.Int64)));
        Assert.Throws<ArgumentException>(() => FrozenLinear.Create(randn(8, 16), randn(7)));
        Assert.Equal(8 * 16 * 4, linear.Weight.ByteSize);
    }

    [Fact]
    public void Two_threads_on_one_packed_weight_give_the_bits_of_one()
    {
        using var linear = FrozenLinear.Create(randn(96, 64), randn(96));
        using Tensor input = randn(40, 64);
        (byte[] Y, byte[] G) Once()
        {
            using var scope = NewDisposeScope();
            Tensor x = input.detach().clone().requires_grad_(), y = linear.Forward(x);
            y.pow(2).sum().backward();
            return (Bits(y), Bits(x.grad!));
        }
        var expected = Once();
        var faults = new Exception?[3];
        var threads = Enumerable.Range(0, faults.Length).Select(index => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 100; i++)
                {
                    var (y, g) = Once();
                    Assert.Equal(expected.Y, y);
                    Assert.Equal(expected.G, g);
                }
            }
            catch (Exception e)
            {
                faults[index] = e;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => Assert.True(t.Join(TimeSpan.FromSeconds(60)), "a thread did not finish in a minute"));
        Assert.All(faults, Assert.Null);
    }

    [Fact]
    public void Nothing_leaks()
    {
        using var linear = FrozenLinear.Create(randn(64, 64).to(ScalarType.BFloat16), randn(64));
        using Tensor a = randn(64, 64).requires_grad_(), x = randn(8, 64);
        AssertStable(100, () =>
        {
            using var scope = NewDisposeScope();
            Tensor h = linear.Forward(x.matmul(a), float32);
            linear.Forward(h).pow(2).sum().backward();
        });
        AssertStable(100, () =>
        {
            using Tensor y = linear.Forward(x, float32);
            using Tensor g = linear.InputGradient(y, float32);
        });
    }
}
