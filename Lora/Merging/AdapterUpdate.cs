using LoraCluster.Adapters;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraCluster.Merging;

/// <summary>What one adapter does to the weight of one module.</summary>
/// <param name="Adapter">The adapter.</param>
/// <param name="Module">The module.</param>
/// <param name="Scaling">s.</param>
/// <param name="OnEmbedding">True for an embedding, false for a linear layer.</param>
internal sealed record AdapterUpdate(AdapterFolder Adapter, string Module, double Scaling, bool OnEmbedding)
{
    /// <summary>The merged weight, fp32, by the layer's own arithmetic; the caller disposes it.</summary>
    /// <param name="weight">The weight below, fp32; not changed.</param>
    public Tensor Merged(Tensor weight)
    {
        using var _ = no_grad();
        using Parameter a = Part(OnEmbedding ? AdapterFolder.NameOfEmbeddingA(Module) : AdapterFolder.NameOfA(Module));
        using Parameter b = Part(OnEmbedding ? AdapterFolder.NameOfEmbeddingB(Module) : AdapterFolder.NameOfB(Module));
        using Parameter? magnitude = Adapter.Config.WeightDecomposed ? Part(AdapterFolder.NameOfMagnitude(Module)) : null;
        if (OnEmbedding)
        {
            using LoraEmbedding embedding = magnitude is null ? new LoraEmbedding(weight, a, b, Scaling)
                : new DoraEmbedding(weight, a, b, magnitude, Scaling);
            return MergedWeightOf(embedding);
        }
        using var below = new BaseLinear(weight, null);
        using LoraLinear linear = magnitude is null ? new LoraLinear(below, a, b, Scaling)
            : new DoraLinear(below, a, b, magnitude, Scaling);
        return MergedWeightOf(linear);
    }

    /// <summary>The layer frees its merged weight; the memory lives on in a second tensor.</summary>
    private static Tensor MergedWeightOf(IAdapter adapter)
    {
        adapter.Merge();
        return adapter.Weight.alias().DetachFromDisposeScope();
    }

    private Parameter Part(string name)
    {
        (long[] shape, float[] values) = Adapter.Tensors[name];
        return new Parameter(tensor(values, shape), requires_grad: false);
    }
}
