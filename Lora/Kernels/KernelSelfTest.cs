using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Tries, once in a process and in a fraction of a second, what the kernels promise on the machine at hand. What fails is not used, or,
/// where it only spoils equal bits, is said, so that a run that demands them can refuse.
/// </summary>
public static class KernelSelfTest
{
    private const int Narrow = 768, Wide = 3072;
    private const double ToleranceFp32 = 2e-5, ToleranceBf16 = 0.05;

    /// <summary>
    /// Rows of the block that parts are compared with: kernels change their blocking somewhere between a few rows and some hundred.
    /// </summary>
    private const int Rows = 450;

    private static readonly int[] rowCounts = [1, 13, 49, 200];

    private static readonly ConcurrentDictionary<(ScalarType Dtype, long Outputs, long Inputs, bool InputGradient), bool> shapes = [];

    private static readonly Lazy<KernelReport> report = new(Run, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>The report; the first call makes the tests. It changes the calling thread's number of threads for a moment.</summary>
    public static KernelReport Report => report.Value;

    /// <summary>
    /// Whether rows of products with a weight of this shape are independent of each other, forward and, where it has one, for the input's
    /// gradient. The report speaks of one shape, and kernels are chosen by shape: a run that demands equal bits asks this for each of its
    /// weights.
    /// </summary>
    /// <param name="weight">A weight; a plain one is never taken to be row-independent.</param>
    /// <returns>True if it was seen to hold, on made-up rows. Remembered for each shape and dtype; a new one takes some 0.1 s.</returns>
    public static bool RowIndependent(PackedWeight weight) =>
        weight.IsPacked
        && shapes.GetOrAdd((weight.Dtype, weight.OutFeatures, weight.InFeatures, weight.HasInputGradient),
            shape => TryRows(shape.Dtype, shape.Outputs, shape.Inputs, shape.InputGradient));

    /// <summary>Whether weights of this dtype may be packed here.</summary>
    internal static bool Packs(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => Report.PackedLinear,
        ScalarType.BFloat16 => Report.PackedBf16,
        _ => false,
    };

    /// <summary>Makes the tests now.</summary>
    internal static KernelReport Run()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var reasons = new List<string>();
        bool dropout = Holds(DropoutGivesKnownAnswer(), "counter-based dropout does not give the known answer", reasons);
        bool fused = Holds(FusedAgrees(), "the fused AdamW differs from the plain one", reasons);
        if (!TorchAbi.IsAvailable)
        {
            reasons.Add($"packed weights cannot be used: {TorchAbi.Reason}");
            return new KernelReport(false, false, false, dropout, fused, Route(packed: false, fused), [.. reasons]);
        }
        var (packedFp32, rowsFp32) = Linear(ScalarType.Float32, ToleranceFp32, reasons);
        var (packedBf16, rowsBf16) = PackedWeight.Bf16Packs ? Linear(ScalarType.BFloat16, ToleranceBf16, reasons) : (false, false);
        if (!PackedWeight.Bf16Packs) reasons.Add("bfloat16 weights cannot be packed: the processor has no AVX-512");
        string route = Route(packedFp32, fused);
        return new KernelReport(packedFp32, rowsFp32, rowsBf16, dropout, fused, route, [.. reasons]) { PackedBf16 = packedBf16 };
    }

    private static bool Holds(bool holds, string otherwise, List<string> reasons)
    {
        if (!holds) reasons.Add(otherwise);
        return holds;
    }

    private static string Route(bool packed, bool fused) => string.Join(
        '/',
        packed ? "packed-onednn" : "plain",
        fused ? "fused-adamw" : "plain-adamw",
        InstructionSet.Name,
        $"torch-{TorchAbi.Version ?? "unknown"}");

    /// <summary>
    /// A shape of no round numbers for the values; for the rows a feed-forward block, whose wide side tempts kernels to split sums.
    /// </summary>
    private static (bool Agrees, bool RowIndependent) Linear(ScalarType dtype, double tolerance, List<string> reasons)
    {
        try
        {
            const int outputs = 130, inputs = 200;
            using Tensor weight = Synthetic(0, outputs, inputs).mul_(1 / Math.Sqrt(inputs)).to(dtype);
            using Tensor bias = Synthetic(1, outputs).to(dtype);
            using Tensor x = Synthetic(2, 20, inputs).to(dtype), g = Synthetic(3, 20, outputs).to(dtype);
            using PackedWeight packed = PackedWeight.PackUntested(weight), plain = PackedWeight.Plain(weight);
            bool agrees = packed.IsPacked && Near(packed.Multiply(x, bias), plain.Multiply(x, bias), tolerance)
                && Near(packed.MultiplyTransposed(g), plain.MultiplyTransposed(g), tolerance);
            if (!Holds(agrees, $"packed weights of {dtype} disagree with plain products, and are not used", reasons)) return (false, false);
            string otherwise = $"with packed weights of {dtype} a row's result depends on the rows around it or on the thread count";
            return (true, Holds(TryRows(dtype, Narrow, Wide, inputGradient: true), otherwise, reasons));
        }
        catch (ExternalException e)
        {
            reasons.Add($"weights of {dtype} cannot be packed: {e.Message}");
            return (false, false);
        }
    }

    private static bool TryRows(ScalarType dtype, long outputs, long inputs, bool inputGradient)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using PackedWeight weight = PackedWeight.PackUntested(CancellingProduct.Weight(outputs, inputs, dtype), inputGradient);
        return weight.IsPacked
            && SameRows(rows => weight.Multiply(rows), CancellingProduct.Rows(Rows, inputs, dtype))
            && (!inputGradient || SameRows(weight.MultiplyTransposed, CancellingProduct.Rows(Rows, outputs, dtype)));
    }

    private static bool SameRows(Func<Tensor, Tensor> product, Tensor x)
    {
        int threads = TorchThreads.Current;
        using Tensor whole = product(x);
        try
        {
            foreach (int number in new[] { threads, threads == 1 ? 2 : 1 })
            {
                TorchThreads.Set(number);
                foreach (int count in (ReadOnlySpan<int>)[.. rowCounts, Rows])
                {
                    int start = (Rows - count) / 3;
                    using Tensor part = x.narrow(0, start, count), expected = whole.narrow(0, start, count), actual = product(part);
                    if (!SameBits(actual, expected)) return false;
                }
            }
            return true;
        }
        finally
        {
            TorchThreads.Set(threads);
        }
    }

    private static bool FusedAgrees()
    {
        const int n = 1000;
        using Tensor theta = Synthetic(4, n), m = zeros(n), v = zeros(n), thetaPlain = theta.clone(), mPlain = zeros(n), vPlain = zeros(n);
        for (int step = 1; step <= 3; step++)
        {
            using Tensor grad = Synthetic(4 + step, n);
            FusedAdamW.Fused(theta, grad, m, v, step, 1e-3, 0.9, 0.999, 1e-8, 0.01);
            FusedAdamW.Plain(thetaPlain, grad, mPlain, vPlain, step, 1e-3, 0.9, 0.999, 1e-8, 0.01);
        }
        return Near(theta, thetaPlain, 1e-6) && Near(m, mPlain, 1e-6) && Near(v, vPlain, 1e-6);
    }

    /// <summary>
    /// The block of the all-zero counter and key, from Random123's list, and this machine's vector path against the scalar one.
    /// </summary>
    private static unsafe bool DropoutGivesKnownAnswer()
    {
        const int n = 5 * DropoutKernel.Chunk + 37;
        var kernel = new DropoutKernel(new DropoutKey(1, 2, 3, 4).Stream, threshold: 6554, scale: 1.25f);
        var x = new float[n];
        new RandomStream(0, RandomPurpose.Synthetic).FillNormal(x);
        float[] vector = new float[n], scalar = new float[n];
        fixed (float* from = x, a = vector, b = scalar)
        {
            kernel.Apply(from, a, n, 0, 6);
            kernel.ApplyScalar(from, b, n, 0, 6);
        }
        return Philox4x32.Block(0, 0, 0, 0, 0) == (0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8) && vector.AsSpan().SequenceEqual(scalar);
    }

    private static Tensor Synthetic(int site, params long[] shape)
    {
        Tensor result = empty(shape, ScalarType.Float32);
        new RandomStream(0, RandomPurpose.Synthetic, site: site).FillUniform(RawTensor.Floats(result), -1.7, 1.7);
        return result;
    }

    private static bool Near(Tensor a, Tensor b, double tolerance)
    {
        using var scope = NewDisposeScope();
        return a.to(ScalarType.Float32).sub(b.to(ScalarType.Float32)).abs().max().item<float>() <= tolerance;
    }

    private static bool SameBits(Tensor a, Tensor b)
    {
        using Tensor left = a.contiguous(), right = b.contiguous();
        return left.bytes.SequenceEqual(right.bytes);
    }
}
