using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Adapters;

/// <summary>A layer with an adapter, whatever the layer and the variant.</summary>
public interface IAdapter
{
    /// <summary>The weight in use, fp32, of the base's shape: the base's own bits, or the merged ones. Owned by the layer.</summary>
    Tensor Weight { get; }

    /// <summary>Factor of the update.</summary>
    double Scaling { get; }

    /// <summary>Folds the adapter into a copy of the base weight, which then serves alone. The base itself is not changed.</summary>
    /// <exception cref="InvalidOperationException">It is merged already.</exception>
    void Merge();

    /// <summary>Goes back to the base's exact bits and the adapter beside it.</summary>
    /// <exception cref="InvalidOperationException">It is not merged.</exception>
    void Unmerge();
}
