using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static LoraCluster.Tests.Numerics.Kernels.LiveTensors;

namespace LoraCluster.Tests.Numerics.Kernels;

/// <summary>Law of equal bits: with packed weights a row's result is a function of that row.</summary>
public sealed class RowIndependenceTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 384, 384)]
    [InlineData(ScalarType.Float32, 1536, 384)]
    [InlineData(ScalarType.Float32, 768, 3072)]
    [InlineData(ScalarType.Float32, 77, 130)]
    [InlineData(ScalarType.BFloat16, 384, 384)]
    [InlineData(ScalarType.BFloat16, 1536, 384)]
    [InlineData(ScalarType.BFloat16, 768, 3072)]
    [InlineData(ScalarType.BFloat16, 77, 130)]
    public void Rows_1_to_66_and_larger(ScalarType dtype, int inputs, int outputs)
    {
        using var ordinary = (randn(outputs, inputs) / Math.Sqrt(inputs)).to(dtype);
        using var cancelling = CancellingProduct.Weight(outputs, inputs, dtype);
        Check(ordinary, randn(Rows, inputs).to(dtype), randn(Rows, outputs).to(dtype));
        Check(cancelling, CancellingProduct.Rows(Rows, inputs, dtype), CancellingProduct.Rows(Rows, outputs, dtype));
    }

    [Theory]
    [InlineData(64, 96)]
    [InlineData(37, 51)]
    public void Cancelling_operands_leave_nothing_but_rounding(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        Tensor w = CancellingProduct.Weight(outputs, inputs, float32).to(float64);
        Tensor x = CancellingProduct.Rows(5, inputs, float32).to(float64), g = CancellingProduct.Rows(5, outputs, float32).to(float64);
        Assert.InRange(x.matmul(w.t()).abs().max().item<double>(), 0, 1e-12);
        Assert.InRange(g.matmul(w).abs().max().item<double>(), 0, 1e-12);
        Assert.True(w.abs().sum().item<double>() > 100);
    }

    private const int Rows = 450;

    private static void Check(Tensor w, Tensor x, Tensor g)
    {
        using var scope = NewDisposeScope();
        using var packed = PackedWeight.Pack(w);
        Assert.SkipUnless(KernelSelfTest.RowIndependent(packed), $"does not hold here, says the self-test: {KernelSelfTest.Report}");
        Tensor whole = packed.Multiply(x), back = packed.MultiplyTransposed(g);
        int threads = TorchThreads.Current;
        try
        {
            foreach (int count in Enumerable.Range(1, 66).Concat([97, 128, 200, 333, 448]).SelectMany(count => new[] { count, count }))
            {
                TorchThreads.Set(TorchThreads.Current == 1 ? 2 + count % 2 : 1);
                int start = (count * 7) % (Rows - count + 1);
                using Tensor y = packed.Multiply(x.narrow(0, start, count));
                using Tensor z = packed.MultiplyTransposed(g.narrow(0, start, count));
                Assert.True(Bits(whole.narrow(0, start, count)).AsSpan().SequenceEqual(Bits(y)), $"forward, {count} rows from {start}");
                Assert.True(Bits(back.narrow(0, start, count)).AsSpan().SequenceEqual(Bits(z)), $"gradient, {count} rows from {start}");
            }
        }
        finally
        {
            TorchThreads.Set(threads);
        }
    }
}
