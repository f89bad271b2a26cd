using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// One step of AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) in place on flat vectors, with the semantics of
/// torch.optim.AdamW: theta (1 - lr decay); m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// theta -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps). On the CPU one pass over memory, where an element's bits depend on
/// that element alone; on other devices torch's plain operators.
/// </summary>
public static class FusedAdamW
{
    /// <summary>Updates theta, m and v in place, outside autograd.</summary>
    /// <param name="theta">[n] float32: the parameters. A contiguous slice of a longer vector will do, so that groups differ in rate or
    /// decay.</param>
    /// <param name="grad">[n] float32, same device; not changed.</param>
    /// <param name="m">[n] float32: first moment, zeros before step 1.</param>
    /// <param name="v">[n] float32: second moment, zeros before step 1.</param>
    /// <param name="step">Number of this step, from 1.</param>
    /// <param name="lr">Learning rate of this step, not negative.</param>
    /// <param name="beta1">Decay of the first moment, in [0, 1).</param>
    /// <param name="beta2">Decay of the second moment, in [0, 1).</param>
    /// <param name="eps">Added to the denominator, not negative.</param>
    /// <param name="weightDecay">Decoupled decay, not negative.</param>
    /// <exception cref="ArgumentException">Vectors of different length, of another dtype, or not contiguous.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number outside its range.</exception>
    public static void Step(
        Tensor theta, Tensor grad, Tensor m, Tensor v, long step, double lr, double beta1, double beta2, double eps, double weightDecay)
    {
        Check(theta, grad, m, v);
        CheckNumbers(step, lr, beta1, beta2, eps, weightDecay);
        if (theta.numel() == 0) return;
        bool fused = theta.device_type == DeviceType.CPU && KernelSwitches.FusedAdamW && KernelSelfTest.Report.FusedAdamW;
        if (fused) Fused(theta, grad, m, v, step, lr, beta1, beta2, eps, weightDecay);
        else Plain(theta, grad, m, v, step, lr, beta1, beta2, eps, weightDecay);
    }

    internal static unsafe void Fused(
        Tensor theta, Tensor grad, Tensor m, Tensor v, long step, double lr, double beta1, double beta2, double eps, double weightDecay)
    {
        static float* At(Tensor vector, out long n) => (float*)RawTensor.Address(vector, ScalarType.Float32, out n);
        var kernel = new AdamWKernel(
            At(theta, out long count), At(grad, out _), At(m, out _), At(v, out _), step, lr, beta1, beta2, eps, weightDecay);
        kernel.Run(count);
        GC.KeepAlive((theta, grad, m, v));
    }

    internal static void Plain(
        Tensor theta, Tensor grad, Tensor m, Tensor v, long step, double lr, double beta1, double beta2, double eps, double weightDecay)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        double correction1 = 1 - Math.Pow(beta1, step), correction2 = 1 - Math.Pow(beta2, step);
        // Numbers that live until their calls have returned (see Arithmetic).
        using Scalar decay = 1 - lr * weightDecay, keepM = beta1, newM = 1 - beta1, keepV = beta2, newV = 1 - beta2, one = 1;
        using Scalar root = Math.Sqrt(correction2), floor = eps, rate = -lr / correction1;
        theta.mul_(decay);
        m.mul_(keepM).add_(grad, newM);
        v.mul_(keepV).addcmul_(grad, grad, newV);
        Tensor denominator = v.sqrt().div_(root).add_(floor, one);
        theta.addcdiv_(m, denominator, rate);
    }

    private static void Check(params ReadOnlySpan<Tensor> vectors)
    {
        long n = vectors[0].numel();
        foreach (Tensor vector in vectors)
        {
            bool fits = vector.dim() == 1 && vector.numel() == n && vector.dtype == ScalarType.Float32 && vector.is_contiguous()
                && vector.device_type == vectors[0].device_type;
            if (fits) continue;
            throw new ArgumentException(
                "AdamW needs four contiguous float32 vectors of one length on one device; "
                + $"one is [{string.Join(", ", vector.shape)}] of {vector.dtype}, theta has {n}");
        }
    }

    private static void CheckNumbers(long step, double lr, double beta1, double beta2, double eps, double weightDecay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (!(lr >= 0)) throw new ArgumentOutOfRangeException(nameof(lr), lr, "a learning rate is not negative");
        if (!(beta1 >= 0 && beta1 < 1)) throw new ArgumentOutOfRangeException(nameof(beta1), beta1, "beta1 is in [0, 1)");
        if (!(beta2 >= 0 && beta2 < 1)) throw new ArgumentOutOfRangeException(nameof(beta2), beta2, "beta2 is in [0, 1)");
        if (!(eps >= 0)) throw new ArgumentOutOfRangeException(nameof(eps), eps, "eps is not negative");
        if (!(weightDecay >= 0)) throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, "weight decay is not negative");
    }
}
