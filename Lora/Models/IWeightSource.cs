using LoraCluster.Adapters;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraCluster.Models;

/// <summary>Where a model takes its parameters from: shared frozen ones, trainable views of the flat vector, adapted linear
/// layers.</summary>
public interface IWeightSource
{
    /// <summary>A tensor by its Hugging Face name; owned by the source.</summary>
    Tensor Weight(string name);

    /// <summary>The adapter of an embedding, or null: its weight alone counts.</summary>
    LoraEmbedding? EmbeddingAdapter(string module) => null;

    /// <summary>The linear layer of a module, adapted or not: [..., in] to [..., out].</summary>
    Module<Tensor, Tensor> Linear(string module);
}
