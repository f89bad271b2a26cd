using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>
/// LoRA on an embedding: row i of the table is W[i] + s (B A)[:, i], with W [entries, width] frozen, A [rank, entries] and B [width, rank]
/// trained (PEFT: tuners/lora/layer.py, Embedding). A starts zero and B normal, so at first the table is the one it replaces. There is no
/// dropout: an input is a number.
/// </summary>
public class LoraEmbedding : IAdapter, IDisposable
{
    private Tensor? _merged;

    /// <summary>An adapter on a table with given A and B, none of which is owned.</summary>
    /// <param name="weight">fp32 [entries, width].</param>
    /// <param name="a">fp32 [rank, entries].</param>
    /// <param name="b">fp32 [width, rank].</param>
    /// <param name="scaling">s.</param>
    public LoraEmbedding(Tensor weight, Parameter a, Parameter b, double scaling)
    {
        if (a.dim() != 2 || b.dim() != 2 || a.shape[0] != b.shape[1] || a.shape[1] != weight.shape[0] || b.shape[0] != weight.shape[1])
        {
            throw new ArgumentException($"A {ShapeText.Of(a.shape)} and B {ShapeText.Of(b.shape)} do not fit an embedding of weight "
                + ShapeText.Of(weight.shape));
        }
        (Base, A, B, Scaling) = (weight, a, b, scaling);
    }

    /// <summary>fp32 [rank, entries].</summary>
    public Parameter A { get; }

    /// <summary>fp32 [width, rank].</summary>
    public Parameter B { get; }

    /// <inheritdoc/>
    public double Scaling { get; }

    /// <inheritdoc/>
    public Tensor Weight => _merged ?? Base;

    /// <summary>The table below, fp32 [entries, width].</summary>
    protected Tensor Base { get; }

    /// <summary>Rows of the table.</summary>
    /// <param name="entries">int64 [n].</param>
    /// <returns>fp32 [n, width].</returns>
    public Tensor Rows(Tensor entries) => _merged is null ? Adapt(entries) : _merged.index_select(0, entries);

    /// <inheritdoc/>
    public void Merge()
    {
        if (_merged is not null) throw new InvalidOperationException("this embedding is merged already");
        _merged = MergedWeight().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Unmerge()
    {
        if (_merged is null) throw new InvalidOperationException("this embedding is not merged");
        _merged.Dispose();
        _merged = null;
    }

    /// <summary>Frees a merged table.</summary>
    public void Dispose()
    {
        _merged?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The adapted rows, not merged.</summary>
    protected virtual Tensor Adapt(Tensor entries) =>
        addmm(Base.index_select(0, entries), TableRows.OfColumns(A, entries), B.t(), 1, (float)Scaling);

    /// <summary>The table that gives the adapter's result by itself, without gradient. The caller disposes it.</summary>
    protected virtual Tensor MergedWeight()
    {
        using var _ = no_grad();
        using Tensor delta = LowRankWeight(), turned = delta.t();
        return Base.Plus(turned);
    }

    /// <summary>s B A, fp32 [width, entries], without gradient. The caller disposes it.</summary>
    protected Tensor LowRankWeight() => LowRankUpdate.Of(B, A, Scaling);
}
