using LoraCluster.Checkpoints;
using LoraCluster.Safetensors;

namespace LoraCluster.Pickle;

/// <summary>The elements of a view in row-major order, whatever its strides: transposed, sliced, repeated.</summary>
internal static class StridedReading
{
    private const int MostAtOnce = 1 << 16;

    /// <param name="file">The file.</param>
    /// <param name="start">Where the tensor's storage begins in it.</param>
    /// <param name="tensor">A tensor that lies inside its storage.</param>
    /// <param name="destination">As long as the tensor has elements.</param>
    public static void Read(MappedFile file, long start, TorchTensor tensor, Span<float> destination)
    {
        if (destination.IsEmpty) return;
        (long Size, long Stride)[] dimensions = Joined(tensor);
        (long inner, long step) = dimensions.Length > 0 ? dimensions[^1] : (1, 1);
        long[] index = new long[Math.Max(0, dimensions.Length - 1)];
        long at = tensor.Offset;
        while (true)
        {
            ReadRow(file, start, tensor.Dtype, at, step, destination[..(int)inner]);
            destination = destination[(int)inner..];
            if (destination.IsEmpty) return;
            for (int d = index.Length - 1; ; d--)
            {
                at += dimensions[d].Stride;
                if (++index[d] < dimensions[d].Size) break;
                at -= dimensions[d].Stride * index[d];
                index[d] = 0;
            }
        }
    }

    /// <summary>Dimensions of 1 left out, and those that follow each other in memory taken as one.</summary>
    private static (long Size, long Stride)[] Joined(TorchTensor tensor)
    {
        var joined = new List<(long Size, long Stride)>();
        for (int d = 0; d < tensor.Shape.Length; d++)
        {
            (long size, long stride) = (tensor.Shape[d], tensor.Strides[d]);
            if (size == 1) continue;
            if (joined.Count > 0 && (Int128)size * stride == joined[^1].Stride) joined[^1] = (joined[^1].Size * size, stride);
            else joined.Add((size, stride));
        }
        return [.. joined];
    }

    private static void ReadRow(MappedFile file, long start, SafetensorDtype dtype, long at, long step, Span<float> row)
    {
        int size = SafetensorDtypes.BitsOf(dtype) / 8;
        byte[] gathered = step == 1 ? [] : new byte[Math.Min(row.Length, MostAtOnce) * size];
        for (int done = 0; done < row.Length; done += MostAtOnce)
        {
            Span<float> part = row.Slice(done, Math.Min(MostAtOnce, row.Length - done));
            long first = start + (at + done * step) * size;
            if (step == 1)
            {
                SingleConversion.Convert(dtype, file.Bytes(first, part.Length * size), part);
                continue;
            }
            for (int i = 0; i < part.Length; i++) file.Bytes(first + i * step * size, size).CopyTo(gathered.AsSpan(i * size));
            SingleConversion.Convert(dtype, gathered.AsSpan(0, part.Length * size), part);
        }
    }
}
