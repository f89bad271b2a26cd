using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Kernels;

/// <summary>
/// A linear map that is not trained: y = x W^T + b with a gradient for x alone, on a <see cref="PackedWeight"/>. With bfloat16 weights
/// the input and the incoming gradient are rounded to bfloat16, products accumulate in float32, and the result is bfloat16 or widened to
/// float32, as asked.
/// </summary>
/// <remarks>Immutable; any number of threads may use it at once.</remarks>
public sealed class FrozenLinear : IDisposable
{
    private readonly bool ownsWeight;
    private readonly Tensor? preparedBias;

    /// <summary>A frozen linear on a weight that others may share.</summary>
    /// <param name="weight">Stays the caller's.</param>
    /// <param name="bias">[out], any float dtype, or null; copied in the weight's dtype.</param>
    /// <exception cref="ArgumentException">A bias of another length.</exception>
    public FrozenLinear(PackedWeight weight, Tensor? bias)
        : this(weight, bias, ownsWeight: false)
    {
    }

    private FrozenLinear(PackedWeight weight, Tensor? bias, bool ownsWeight)
    {
        if (bias is not null && (bias.dim() != 1 || bias.size(0) != weight.OutFeatures))
            throw new ArgumentException($"a bias of {weight.OutFeatures} is needed, not [{string.Join(", ", bias.shape)}]", nameof(bias));
        (Weight, this.ownsWeight) = (weight, ownsWeight);
        using var noGrad = no_grad();
        using Tensor? detached = bias?.detach();
        Bias = detached?.to(weight.Dtype, copy: true).DetachFromDisposeScope();
        preparedBias = Bias is null ? null : weight.PrepareBias(Bias).DetachFromDisposeScope();
    }

    /// <summary>The weight.</summary>
    public PackedWeight Weight { get; }

    /// <summary>Dtype of weight and bias, and of results unless asked otherwise.</summary>
    public ScalarType Dtype => Weight.Dtype;

    /// <summary>[out] in the weight's dtype, or null. Not to be changed or disposed.</summary>
    public Tensor? Bias { get; }

    /// <summary>Packs a weight and owns the result.</summary>
    /// <param name="weight">[out, in], any float dtype; not changed, and not kept alive where it could be packed.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="dtype">Dtype of the frozen copy, float32 or bfloat16; null for that of <paramref name="weight"/>.</param>
    /// <param name="inputGradient">Whether gradients will flow through; false saves half the memory.</param>
    /// <returns>The linear; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Shapes or dtypes that do not fit.</exception>
    public static FrozenLinear Create(Tensor weight, Tensor? bias, ScalarType? dtype = null, bool inputGradient = true)
    {
        using var noGrad = no_grad();
        using Tensor? cast = dtype is { } wanted && wanted != weight.dtype ? weight.to(wanted) : null;
        return new FrozenLinear(PackedWeight.Pack(cast ?? weight, inputGradient), bias, ownsWeight: true);
    }

    /// <summary>y = x W^T + b; differentiable (once) for <paramref name="x"/> where it requires a gradient and grad mode is on.</summary>
    /// <param name="x">[…, in], any float dtype; rounded to the weight's dtype where that differs.</param>
    /// <param name="output">Dtype of the result: null for the weight's, or float32 to widen what bfloat16 weights give.</param>
    /// <returns>[…, out]; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another width.</exception>
    /// <exception cref="InvalidOperationException">A gradient is wanted, and the weight was packed without input gradients.</exception>
    public Tensor Forward(Tensor x, ScalarType? output = null)
    {
        ScalarType result = output ?? Weight.Dtype;
        if (!is_grad_enabled() || !x.requires_grad) return Product(x, result);
        // In the backward it would be too late: an exception cannot pass through native frames.
        if (!Weight.HasInputGradient)
            throw new InvalidOperationException("x requires a gradient, and this weight was packed without input gradients");
        PackedWeight.Check(x, Weight.InFeatures, x.dtype, nameof(x));
        if (Weight.IsPacked) return FrozenLinearFunction.Run(this, x, result);
        using Tensor? cast = x.dtype == Weight.Dtype ? null : x.to(Weight.Dtype);
        Tensor y = nn.functional.linear(cast ?? x, Weight.PlainWeight, Bias);
        return Cast(y, result);
    }

    /// <summary>x W^T + b outside autograd, for a backward written by hand.</summary>
    /// <param name="x">[…, in], any float dtype.</param>
    /// <param name="output">Dtype of the result.</param>
    /// <returns>[…, out], without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another width.</exception>
    public Tensor Product(Tensor x, ScalarType output)
    {
        using var noGrad = no_grad();
        using Tensor? cast = x.dtype == Weight.Dtype ? null : x.to(Weight.Dtype);
        PackedWeight.Check(x, Weight.InFeatures, x.dtype, nameof(x));
        return Cast(Weight.MultiplyPrepared(cast ?? x, preparedBias), output);
    }

    /// <summary>g W outside autograd: the gradient of the input.</summary>
    /// <param name="g">[…, out], any float dtype; rounded to the weight's dtype where that differs.</param>
    /// <param name="output">Dtype of the result: that of the input.</param>
    /// <returns>[…, in], without gradient; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another width.</exception>
    /// <exception cref="InvalidOperationException">Packed without input gradients.</exception>
    public Tensor InputGradient(Tensor g, ScalarType output)
    {
        using var noGrad = no_grad();
        using Tensor? cast = g.dtype == Weight.Dtype ? null : g.to(Weight.Dtype);
        return Cast(Weight.MultiplyTransposed(cast ?? g), output);
    }

    /// <summary>Frees the bias, and the weight if this made it.</summary>
    public void Dispose()
    {
        Bias?.Dispose();
        preparedBias?.Dispose();
        if (ownsWeight) Weight.Dispose();
    }

    private static Tensor Cast(Tensor y, ScalarType output)
    {
        if (y.dtype == output) return y;
        using (y) return y.to(output);
    }
}
