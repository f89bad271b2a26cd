using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// The L2 norm of a flat vector, for clipping. Squares of float32 are exact in double; they are summed in 16 lanes (lane i mod 16) and
/// the lanes in a fixed tree, so the bits do not depend on threads or on the width of the registers.
/// </summary>
public static class GlobalNorm
{
    private const int Lanes = 16;

    /// <summary>The root of the sum of squares.</summary>
    /// <param name="flat">Float32, contiguous; from another device it is copied to the CPU first.</param>
    /// <returns>The norm; not a number or infinite if an element is.</returns>
    /// <exception cref="ArgumentException">Another dtype, or not contiguous.</exception>
    public static double Of(Tensor flat)
    {
        if (flat.device_type != DeviceType.CPU)
        {
            using Tensor here = flat.cpu();
            return Of(here);
        }
        double norm = Of((ReadOnlySpan<float>)RawTensor.Floats(flat));
        GC.KeepAlive(flat);
        return norm;
    }

    /// <summary>The root of the sum of squares.</summary>
    /// <param name="flat">Any length.</param>
    /// <returns>The norm; not a number or infinite if an element is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<float> flat)
    {
        Vector512<double> low = default, high = default;
        int whole = flat.Length - flat.Length % Lanes;
        for (int i = 0; i < whole; i += Lanes)
        {
            var (a, b) = Vector512.Widen(Vector512.Create(flat.Slice(i, Lanes)));
            low += a * a;
            high += b * b;
        }
        Span<double> lanes = stackalloc double[Lanes];
        low.CopyTo(lanes);
        high.CopyTo(lanes[8..]);
        for (int i = whole; i < flat.Length; i++) lanes[i - whole] += (double)flat[i] * flat[i];
        for (int width = Lanes / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
        return Math.Sqrt(lanes[0]);
    }

    /// <summary>The factor that torch's clip_grad_norm_ puts on gradients: max / (norm + 1e-6), at most 1.</summary>
    /// <param name="norm">The gradients' norm.</param>
    /// <param name="maximum">The wanted bound, above 0.</param>
    /// <returns>The factor, in (0, 1]; not a number if the norm is not.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not above 0.</exception>
    public static double ClipFactor(double norm, double maximum)
    {
        if (!(maximum > 0)) throw new ArgumentOutOfRangeException(nameof(maximum), maximum, "the bound of a norm is above 0");
        double factor = maximum / (norm + 1e-6);
        return factor > 1 ? 1 : factor;
    }
}
