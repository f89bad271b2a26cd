using LoraCluster.Safetensors;

namespace LoraCluster.Pickle;

/// <summary>A name that a pickle refers to; nothing is ever called for it.</summary>
/// <param name="Module">Its Python module.</param>
/// <param name="Name">Its name there.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Python's None, and the mark that opens a group on the stack.</summary>
internal enum PickleSign
{
    None,
    Mark,
}

/// <summary>A Python dictionary with text keys, in the order of its entries.</summary>
internal sealed class PickleDictionary
{
    private Dictionary<string, int>? places;
    private List<KeyValuePair<string, object>>? entries;

    public IReadOnlyList<KeyValuePair<string, object>> Entries => entries ?? [];

    /// <returns>False where the key is there already.</returns>
    public bool TryAdd(string key, object value)
    {
        places ??= new Dictionary<string, int>(StringComparer.Ordinal);
        entries ??= [];
        if (!places.TryAdd(key, entries.Count)) return false;
        entries.Add(new KeyValuePair<string, object>(key, value));
        return true;
    }
}

/// <summary>A piece of memory that tensors share, in its own entry of the file.</summary>
/// <param name="Key">Name of the entry under <c>data/</c>.</param>
/// <param name="Dtype">Type of its elements; null: bytes, whose type the tensor says.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(string Key, SafetensorDtype? Dtype, long Count);

/// <summary>A view of a storage: element [i, j, ...] stands at Offset + i * Strides[0] + j * Strides[1] + ...</summary>
/// <param name="Storage">Where its elements are.</param>
/// <param name="Dtype">Type of its elements.</param>
/// <param name="Offset">First element.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Strides">Elements from one index to the next in each dimension; 0 repeats an element.</param>
internal sealed record TorchTensor(TorchStorage Storage, SafetensorDtype Dtype, long Offset, long[] Shape, long[] Strides);
