using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>DoRA on an embedding: each column of the table has a trained magnitude (see <see cref="DoraLinear"/>; PEFT:
/// tuners/lora/dora.py, DoraEmbeddingLayer).</summary>
public sealed class DoraEmbedding : LoraEmbedding
{
    /// <summary>An adapter with given A, B and magnitude, none of which is owned.</summary>
    /// <param name="weight">fp32 [entries, width].</param>
    /// <param name="a">fp32 [rank, entries].</param>
    /// <param name="b">fp32 [width, rank].</param>
    /// <param name="magnitude">fp32 [width].</param>
    /// <param name="scaling">s.</param>
    public DoraEmbedding(Tensor weight, Parameter a, Parameter b, Parameter magnitude, double scaling) : base(weight, a, b, scaling)
    {
        if (magnitude.dim() != 1 || magnitude.shape[0] != b.shape[0])
            throw new ArgumentException($"a magnitude {ShapeText.Of(magnitude.shape)} does not fit B {ShapeText.Of(b.shape)}");
        Magnitude = magnitude;
    }

    /// <summary>m, fp32 [width].</summary>
    public Parameter Magnitude { get; }

    /// <inheritdoc/>
    protected override Tensor Adapt(Tensor entries) => base.Adapt(entries).mul(Gain());

    /// <inheritdoc/>
    protected override Tensor MergedWeight()
    {
        using var _ = no_grad();
        using Tensor sum = base.MergedWeight(), gain = Gain();
        return sum.mul(gain);
    }

    /// <summary>m / ||W^T + s B A||, fp32 [width]; a gradient flows to m alone.</summary>
    private Tensor Gain()
    {
        using Tensor delta = LowRankWeight(), turned = Base.t();
        using Tensor norm = DoraLinear.NormOfRows(turned, delta);
        return Magnitude.div(norm);
    }
}
