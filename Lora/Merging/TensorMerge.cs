using LoraCluster.Checkpoints;
using LoraCluster.Kernels;
using LoraCluster.Safetensors;
using static TorchSharp.torch;

namespace LoraCluster.Merging;

/// <summary>How one tensor of a merged model comes to be.</summary>
/// <param name="Name">Its name in the merged model.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Dtype">The base's dtype.</param>
/// <param name="BaseName">Its name in the base's file; null: the base has none.</param>
/// <param name="Saved">The values that an adapter brings instead of the base's; null: none does.</param>
/// <param name="Updates">What adapters add to it, in order.</param>
internal sealed record TensorMerge(
    string Name, long[] Shape, SafetensorDtype Dtype, string? BaseName, float[]? Saved, IReadOnlyList<AdapterUpdate> Updates)
{
    /// <summary>True if its bytes are not the base's.</summary>
    public bool IsChanged => Saved is not null || Updates.Count > 0;

    /// <summary>The tensor for a file.</summary>
    public SafetensorSource From(CheckpointFile file) => new(Name, Dtype, Shape, stream => Write(file, stream));

    /// <summary>The sum is made in fp32 and rounded once.</summary>
    private void Write(CheckpointFile file, Stream stream)
    {
        if (!IsChanged)
        {
            file.Copy(BaseName!, stream);
            return;
        }
        if (Saved is not null)
        {
            WriteRounded(Saved, stream);
            return;
        }
        Tensor weight = empty(Shape, dtype: ScalarType.Float32);
        try
        {
            file.ReadSingles(BaseName!, RawTensor.Floats(weight));
            foreach (AdapterUpdate update in Updates)
            {
                Tensor merged = update.Merged(weight);
                weight.Dispose();
                weight = merged;
            }
            using Tensor flat = weight.contiguous();
            WriteRounded(RawTensor.Floats(flat), stream);
            GC.KeepAlive(flat);
        }
        finally { weight.Dispose(); }
    }

    private void WriteRounded(ReadOnlySpan<float> values, Stream stream)
    {
        if (!SingleNarrowing.Write(Dtype, values, stream))
            throw new UserErrorException($"the merged tensor {Name} has values that are too large for the base's {Dtype}");
    }
}
