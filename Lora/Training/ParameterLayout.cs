using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraCluster.Training;

/// <summary>One trainable tensor's place in the flat vector.</summary>
/// <param name="Name">Its name in the adapter (or model) file.</param>
/// <param name="Offset">First value in the flat vector.</param>
/// <param name="Length">Number of values.</param>
/// <param name="Shape">Its shape.</param>
public sealed record ParameterSlot(string Name, long Offset, int Length, long[] Shape);

/// <summary>
/// The stable order of the trainable parameters: gradient, optimizer moments, contributions, checkpoints and hashes are flat fp32 vectors
/// of this one layout.
/// </summary>
public sealed class ParameterLayout
{
    /// <summary>A layout of the tensors in the given order, without gaps.</summary>
    public ParameterLayout(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        var slots = new List<ParameterSlot>();
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long length = 1;
            foreach (long n in shape) length *= n;
            slots.Add(new ParameterSlot(name, offset, checked((int)length), shape));
            offset += length;
        }
        Slots = slots;
        Length = checked((int)offset);
        Hash = HashOf(slots);
    }

    /// <summary>The tensors in order.</summary>
    public IReadOnlyList<ParameterSlot> Slots { get; }

    /// <summary>Values in all.</summary>
    public int Length { get; }

    /// <summary>XxHash64 of names and shapes: two sides that exchange vectors compare it first.</summary>
    public ulong Hash { get; }

    /// <summary>XxHash128 of each tensor's little-endian fp32 bytes, in order: the audit of a step.</summary>
    /// <param name="values">A flat vector of this layout.</param>
    public UInt128[] HashTensors(ReadOnlySpan<float> values)
    {
        if (values.Length != Length) throw new ArgumentException($"{values.Length} values for a layout of {Length}");
        var hashes = new UInt128[Slots.Count];
        for (int k = 0; k < hashes.Length; k++)
            hashes[k] = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(values.Slice((int)Slots[k].Offset, Slots[k].Length)));
        return hashes;
    }

    private static ulong HashOf(List<ParameterSlot> slots)
    {
        var hash = new XxHash64();
        foreach (ParameterSlot slot in slots) hash.Append(Encoding.UTF8.GetBytes($"{slot.Name}[{string.Join(',', slot.Shape)}]\n"));
        return hash.GetCurrentHashAsUInt64();
    }
}
