namespace LoraCluster.Safetensors;

/// <summary>What the header of a safetensors file says of one tensor.</summary>
/// <param name="Name">Its name, unique in the file; any text, also an empty one.</param>
/// <param name="Dtype">Type of its elements.</param>
/// <param name="DtypeName">The dtype as the file spells it.</param>
/// <param name="Shape">Its dimensions, row-major; empty for a scalar; a dimension may be 0. Not to be changed.</param>
/// <param name="ByteLength">Length of its data in bytes.</param>
public sealed record SafetensorInfo(string Name, SafetensorDtype Dtype, string DtypeName, long[] Shape, long ByteLength)
{
    /// <summary>Offset of its data in bytes, from the end of the header.</summary>
    public required long Offset { get; init; }

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
}
