namespace LoraCluster.Training;

/// <summary>What a trained tensor is, which decides what it starts from.</summary>
internal enum TrainedRole
{
    /// <summary>A tensor of the model itself: the base's values, or seeded ones where the base has none.</summary>
    OfModel,

    /// <summary>A of an adapter.</summary>
    A,

    /// <summary>B of an adapter.</summary>
    B,

    /// <summary>A of an embedding's adapter.</summary>
    EmbeddingA,

    /// <summary>B of an embedding's adapter.</summary>
    EmbeddingB,

    /// <summary>DoRA's magnitude.</summary>
    Magnitude,
}

/// <summary>A tensor that a run trains.</summary>
/// <param name="Slot">Its name in the result's file.</param>
/// <param name="Tensor">Its name in the model; of an adapter's parts the same as <paramref name="Slot"/>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Role">What it is.</param>
/// <param name="Module">The module that it belongs to.</param>
internal sealed record TrainedTensor(string Slot, string Tensor, long[] Shape, TrainedRole Role, string Module);
