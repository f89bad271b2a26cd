using LoraCluster.Safetensors;

namespace LoraCluster.Checkpoints;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">Its name, unique in the checkpoint.</param>
/// <param name="Dtype">Type of its elements.</param>
/// <param name="DtypeName">The dtype by its safetensors name, whatever the file's format (F32, BF16); as the file spells an unknown
/// one.</param>
/// <param name="Shape">Its dimensions; empty for a scalar; a dimension may be 0. Not to be changed.</param>
public sealed record CheckpointTensor(string Name, SafetensorDtype Dtype, string DtypeName, long[] Shape)
{
    /// <summary>Number of elements: the product of <see cref="Shape"/>. Meaningless for an unknown dtype.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (long dimension in Shape) count *= dimension;
            return count;
        }
    }

    /// <summary>Bytes of its elements; 0 for an unknown dtype.</summary>
    public long ByteLength => SafetensorDtypes.ByteLength(Dtype, Shape) ?? 0;
}
