using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LoraCluster.Kernels;

/// <summary>
/// AdamW on raw memory, one pass. Only correctly rounded operations, one at a time and in one order, so an element's bits depend on
/// that element alone: not on its place, on slices, threads or the processor. (libtorch's fused operator is as fast, but treats the last
/// elements of every thread's part another way.)
/// </summary>
internal readonly unsafe struct AdamWKernel
{
    /// <summary>Elements that are worth a thread.</summary>
    private const long Grain = 1 << 15;

    private readonly float* theta, grad, m, v;
    private readonly float decay, weight1, beta2, weight2, scale2, eps, stepSize;

    public AdamWKernel(
        float* theta, float* grad, float* m, float* v, long step, double lr, double beta1, double beta2, double eps, double weightDecay)
    {
        this.theta = theta;
        this.grad = grad;
        this.m = m;
        this.v = v;
        decay = (float)(1 - lr * weightDecay);
        weight1 = (float)(1 - beta1);
        this.beta2 = (float)beta2;
        weight2 = (float)(1 - beta2);
        scale2 = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step)));
        this.eps = (float)eps;
        stepSize = (float)(lr / (1 - Math.Pow(beta1, step)));
    }

    /// <summary>Updates elements [0, count).</summary>
    public void Run(long count)
    {
        AdamWKernel kernel = this;
        if (count > Grain && TorchAbi.IsAvailable) TorchAbi.ParallelFor(count, Grain, &Part, &kernel);
        else kernel.Range(0, count);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Part(long first, long last, void* kernel) => ((AdamWKernel*)kernel)->Range(first, last);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Range(long first, long last)
    {
        Vector512<float> decays = Vector512.Create(decay), weights1 = Vector512.Create(weight1), betas2 = Vector512.Create(beta2);
        Vector512<float> weights2 = Vector512.Create(weight2), scales2 = Vector512.Create(scale2), epsilons = Vector512.Create(eps);
        Vector512<float> steps = Vector512.Create(stepSize);
        long i = first;
        for (; i + Vector512<float>.Count <= last; i += Vector512<float>.Count)
        {
            Vector512<float> g = Vector512.Load(grad + i), a = Vector512.Load(m + i), b = Vector512.Load(v + i);
            a += weights1 * (g - a);
            b = b * betas2 + weights2 * (g * g);
            Vector512<float> denominator = Vector512.Sqrt(b) * scales2 + epsilons;
            a.Store(m + i);
            b.Store(v + i);
            (Vector512.Load(theta + i) * decays - steps * (a / denominator)).Store(theta + i);
        }
        for (; i < last; i++)
        {
            float g = grad[i], a = m[i], b = v[i];
            a += weight1 * (g - a);
            b = b * beta2 + weight2 * (g * g);
            float denominator = MathF.Sqrt(b) * scale2 + eps;
            (m[i], v[i]) = (a, b);
            theta[i] = theta[i] * decay - stepSize * (a / denominator);
        }
    }
}
