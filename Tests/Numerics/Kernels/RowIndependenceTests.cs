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
        using var scope = NewDisposeScope();
        const int rows = 450;
        Tensor w = (randn(outputs, inputs) / Math.Sqrt(inputs)).to(dtype), b = randn(outputs).to(dtype), x = randn(rows, inputs).to(dtype);
        using var packed = PackedWeight.Pack(w);
        Assert.SkipUnless(KernelSelfTest.RowIndependent(packed), $"does not hold here, says the self-test: {KernelSelfTest.Report}");
        Tensor whole = packed.Multiply(x, b), back = packed.MultiplyTransposed(whole);
        int threads = TorchThreads.Current;
        try
        {
            foreach (int count in Enumerable.Range(1, 66).Concat([97, 128, 200, 333, 448]))
            {
                TorchThreads.Set(1 + count % 3);
                int start = (count * 7) % (rows - count + 1);
                using Tensor y = packed.Multiply(x.narrow(0, start, count), b), z = packed.MultiplyTransposed(y);
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
