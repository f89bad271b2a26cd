using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LoraCluster.Kernels.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// Inverted dropout whose mask is a function of (seed, step, micro-batch, site) and the position in the tensor: y = x * keep / (1 - p).
/// No mask is stored: the backward is the same call on the gradient. The mask does not depend on threads, device or instruction set.
/// </summary>
/// <remarks>
/// The draws have 16 bits, so p is taken as <see cref="EffectiveProbability"/>, the nearest multiple of 2^-16 (at most 2^-17 away), and the
/// scale is exactly 1 / (1 - that), rounded to float32: the expectation of y is x.
/// </remarks>
public static unsafe class CounterDropout
{
    private const int Levels = 1 << 16;

    /// <summary>Chunks that are worth a thread: below this, waking another costs more than it gains.</summary>
    private const long ChunksPerThread = 512;

    /// <summary>The probability that is really applied for a wanted one: the nearest multiple of 2^-16.</summary>
    /// <param name="p">The wanted probability, in [0, 1).</param>
    /// <returns>The applied one, below 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1).</exception>
    public static double EffectiveProbability(double p) => (double)Threshold(p) / Levels;

    /// <summary>Dropout as a new tensor; differentiable where <paramref name="x"/> requires a gradient and grad mode is on.</summary>
    /// <param name="x">Any shape. Float32 and bfloat16 on the CPU and on CUDA are fast; other float dtypes and devices give the same mask,
    /// slower.</param>
    /// <param name="p">Probability of a zero, in [0, 1).</param>
    /// <param name="key">Which mask.</param>
    /// <returns>Shape, dtype and device of <paramref name="x"/>, contiguous; the caller disposes it. With p = 0, another handle on
    /// <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1), or the key has a negative
    /// coordinate.</exception>
    public static Tensor Apply(Tensor x, double p, in DropoutKey key)
    {
        uint threshold = Threshold(p);
        if (threshold == 0) return x.alias();
        if (!KernelSwitches.CounterDropout) return nn.functional.dropout(x, p, true);
        var kernel = new DropoutKernel(key.Stream, threshold, Scale(threshold));
        return is_grad_enabled() && x.requires_grad ? DropoutFunction.Run(x, kernel) : Masked(x, kernel);
    }

    /// <summary>Dropout in the tensor's own memory, outside autograd: for values and gradients of a backward written by hand.</summary>
    /// <param name="x">Float32 or bfloat16, CPU, contiguous; nothing that autograd has saved for a backward.</param>
    /// <param name="p">Probability of a zero, in [0, 1).</param>
    /// <param name="key">Which mask.</param>
    /// <exception cref="ArgumentException">Another dtype or device, or not contiguous.</exception>
    public static void ApplyInPlace(Tensor x, double p, in DropoutKey key)
    {
        uint threshold = Threshold(p);
        if (threshold != 0) Run(x, x, new DropoutKernel(key.Stream, threshold, Scale(threshold)));
    }

    /// <summary>Outside autograd, out of place.</summary>
    internal static Tensor Masked(Tensor x, in DropoutKernel kernel)
    {
        using var noGrad = no_grad();
        bool fast = x.device_type == DeviceType.CPU ? x.dtype is ScalarType.Float32 or ScalarType.BFloat16 : CudaDropout.Serves(x);
        if (!fast) return MaskedByProduct(x, kernel);
        if (x.is_contiguous())
        {
            Tensor result = empty_like(x);
            Run(x, result, kernel);
            return result;
        }
        Tensor copy = x.contiguous();
        Run(copy, copy, kernel);
        return copy;
    }

    /// <summary>
    /// Other dtypes and devices: the mask, scaled, is made on the CPU and multiplied in at least float32, so that the bits are the same.
    /// </summary>
    private static Tensor MaskedByProduct(Tensor x, in DropoutKernel kernel)
    {
        using Tensor mask = ones(x.shape, ScalarType.Float32);
        Run(mask, mask, kernel);
        ScalarType wide = x.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        using Tensor there = mask.to(wide, x.device);
        using Tensor value = x.to(wide);
        using Tensor product = value.mul(there);
        // A masked infinity would leave a NaN behind.
        using Tensor dropped = there.eq(0);
        return product.masked_fill_(dropped, 0).to(x.dtype).contiguous();
    }

    private static void Run(Tensor x, Tensor y, in DropoutKernel kernel)
    {
        if (x.device_type == DeviceType.CUDA)
        {
            CudaDropout.Run(x, y, kernel.Stream, kernel.Threshold, kernel.Scale);
            return;
        }
        ScalarType dtype = x.dtype == ScalarType.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        void* from = RawTensor.Address(x, dtype, out long count);
        void* to = ReferenceEquals(x, y) ? from : RawTensor.Address(y, dtype, out _);
        var work = new Work(kernel, from, to, count, dtype == ScalarType.BFloat16);
        long chunks = (count + DropoutKernel.Chunk - 1) / DropoutKernel.Chunk;
        if (chunks > ChunksPerThread && TorchAbi.IsAvailable) TorchAbi.ParallelFor(chunks, ChunksPerThread, &Range, &work);
        else work.Range(0, chunks);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Range(long first, long last, void* work) => ((Work*)work)->Range(first, last);

    private static uint Threshold(double p)
    {
        if (!(p >= 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "a dropout probability is at least 0 and below 1");
        return Math.Min((uint)Math.Round(p * Levels), Levels - 1);
    }

    private static float Scale(uint threshold) => (float)((double)Levels / (Levels - threshold));

    private readonly struct Work(DropoutKernel kernel, void* from, void* to, long count, bool half)
    {
        public void Range(long first, long last)
        {
            if (half) kernel.Apply((ushort*)from, (ushort*)to, count, first, last);
            else kernel.Apply((float*)from, (float*)to, count, first, last);
        }
    }
}
