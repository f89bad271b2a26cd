using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models;

/// <summary>
/// y = x Wᵀ + b of a base model: on packed weights while frozen, by autograd where the weights are trained. Does not own the tensors
/// that it is given.
/// </summary>
public sealed class BaseLinear : Module<Tensor, Tensor>
{
    private readonly FrozenLinear? _frozen;
    private readonly bool _addsBias;
    private bool _ownsFrozen;
    private readonly ScalarType _compute;

    /// <summary>A frozen layer. x is cast to the layer's precision, and y is of that precision.</summary>
    /// <param name="frozen">The shared kernel.</param>
    /// <param name="weight">fp32 [out, in], as loaded.</param>
    /// <param name="bias">fp32 [out], or null.</param>
    public BaseLinear(FrozenLinear frozen, Tensor weight, Tensor? bias) : base(nameof(BaseLinear)) =>
        (_frozen, Weight, Bias, _compute) = (frozen, weight, bias, frozen.Dtype);

    /// <summary>A frozen weight with a bias that is trained: fp32 [out], added to a product on the shared packed weight.</summary>
    public static BaseLinear WithTrainedBias(PackedWeight packed, Tensor weight, Tensor bias) =>
        new(new FrozenLinear(packed, null), weight, bias, addsBias: true);

    private BaseLinear(FrozenLinear frozen, Tensor weight, Tensor bias, bool addsBias) : this(frozen, weight, bias) => _addsBias = addsBias;

    /// <summary>A layer whose weights may be trained: products in <paramref name="compute"/>, gradients in fp32.</summary>
    public BaseLinear(Tensor weight, Tensor? bias, ScalarType compute = ScalarType.Float32) : base(nameof(BaseLinear)) =>
        (Weight, Bias, _compute) = (weight, bias, compute);

    /// <summary>This layer on another weight, fp32 [out, in], computed as this one is: packed where it is. The weight stays the
    /// caller's.</summary>
    public BaseLinear OnWeight(Tensor weight)
    {
        if (_frozen is null || _addsBias) return new BaseLinear(weight, Bias, _compute);
        var frozen = FrozenLinear.Create(weight, Bias, _compute, _frozen.Weight.HasInputGradient);
        return new BaseLinear(frozen, weight, Bias) { _ownsFrozen = true };
    }

    /// <summary>fp32 [out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>fp32 [out], or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>dtype of the products and of y.</summary>
    public ScalarType ComputeType => _compute;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (_addsBias) return _frozen!.Forward(input).Plus(Bias!.to_type(_compute));
        if (_frozen is not null) return _frozen.Forward(input);
        if (_compute == ScalarType.Float32) return functional.linear(input.to_type(_compute), Weight, Bias);
        return functional.linear(input.to_type(_compute), Weight.to_type(_compute), Bias?.to_type(_compute));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsFrozen) _frozen!.Dispose();
        base.Dispose(disposing);
    }
}
