using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>
/// DoRA (Liu et al. 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation"): the weight is split into a length m for each output and a
/// direction that LoRA moves, W' = m (W + s B A) / ||W + s B A||, with the norm of each row taken as a constant in the backward pass (their
/// section 4.3). Under dropout only the change against the base sees the dropped input, as in PEFT (tuners/lora/dora.py).
/// </summary>
public sealed class DoraLinear : LoraLinear
{
    /// <summary>An adapter with given A, B and magnitude.</summary>
    /// <param name="baseLayer">The layer [out, in] below; not owned.</param>
    /// <param name="a">fp32 [rank, in]; owned by this module from now on.</param>
    /// <param name="b">fp32 [out, rank]; owned by this module from now on.</param>
    /// <param name="magnitude">fp32 [out]; owned by this module from now on.</param>
    /// <param name="scaling">s.</param>
    /// <param name="dropoutProbability">Dropout on the input of the change while training, in [0, 1).</param>
    /// <param name="dropout">As in <see cref="LoraLinear"/>.</param>
    /// <param name="site">Number of this dropout in the model.</param>
    public DoraLinear(BaseLinear baseLayer, Parameter a, Parameter b, Parameter magnitude, double scaling, double dropoutProbability = 0,
        DropoutContext? dropout = null, int site = 0)
        : base(baseLayer, a, b, scaling, dropoutProbability, dropout, site)
    {
        if (magnitude.dim() != 1 || magnitude.shape[0] != b.shape[0])
            throw new ArgumentException($"a magnitude {ShapeText.Of(magnitude.shape)} does not fit B {ShapeText.Of(b.shape)}");
        Magnitude = magnitude;
        register_parameter("lora_magnitude_vector", magnitude);
    }

    /// <summary>m, fp32 [out].</summary>
    public Parameter Magnitude { get; }

    /// <summary>What m starts from, so that a fresh adapter changes nothing: ||W + s B A|| of each row, fp32 [out]; the caller disposes
    /// it.</summary>
    /// <param name="weight">W, fp32 [out, in].</param>
    /// <param name="delta">s B A, fp32 [out, in].</param>
    public static Tensor NormOfRows(Tensor weight, Tensor delta)
    {
        using var _ = no_grad();
        using Tensor sum = weight.Plus(delta), squares = sum.Squared(), sums = squares.sum(1);
        return sums.sqrt();
    }

    /// <inheritdoc/>
    public override Tensor DeltaWeight()
    {
        using var _ = no_grad();
        using Tensor merged = MergedWeight(), negative = Base.Weight.neg();
        return merged.Plus(negative);
    }

    /// <inheritdoc/>
    protected override Tensor Adapt(Tensor input)
    {
        Tensor x = input.to_type(Base.ComputeType);
        Tensor dropped = Drop(x);
        Tensor y = Base.forward(dropped);
        Tensor rescaled = Rescale(AddLowRank(y, dropped));
        if (ReferenceEquals(dropped, x)) return rescaled.to_type(Base.ComputeType);
        return Base.forward(x).Plus(rescaled).Plus(y.neg()).to_type(Base.ComputeType);
    }

    /// <inheritdoc/>
    protected override Tensor MergedWeight()
    {
        using var _ = no_grad();
        using Tensor delta = LowRankWeight(), gain = Gain(), column = gain.unsqueeze(1), sum = Base.Weight.Plus(delta);
        return sum.mul(column);
    }

    /// <summary>(z - bias) gain + bias, for z = (W + s B A) x + bias.</summary>
    private Tensor Rescale(Tensor z)
    {
        Tensor gain = Gain(), y = z.mul(gain);
        return Base.Bias is { } bias ? y.Plus(bias).Plus(bias.mul(gain).neg()) : y;
    }

    /// <summary>m / ||W + s B A||, fp32 [out]; a gradient flows to m alone.</summary>
    private Tensor Gain()
    {
        using Tensor delta = LowRankWeight();
        using Tensor norm = NormOfRows(Base.Weight, delta);
        return Magnitude.div(norm);
    }
}
