using static TorchSharp.torch;

namespace LoraCluster.Models.Decoders;

/// <summary>
/// Keys and values of the tokens that a batch has seen, per layer, so that the next token costs one row. Room for the longest text is taken
/// at once. The owner disposes it.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly DecoderConfig _config;
    private readonly Tensor?[] _keys, _values;

    /// <summary>An empty cache.</summary>
    /// <param name="config">Shape of the model.</param>
    /// <param name="rows">Rows B of the batch.</param>
    /// <param name="capacity">Most tokens of a row.</param>
    public KeyValueCache(DecoderConfig config, int rows, int capacity)
    {
        (_config, Rows, Capacity) = (config, rows, capacity);
        (_keys, _values) = (new Tensor?[config.Layers], new Tensor?[config.Layers]);
    }

    /// <summary>Rows of the batch.</summary>
    public int Rows { get; }

    /// <summary>Most tokens of a row.</summary>
    public int Capacity { get; }

    /// <summary>Tokens of each row so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds keys and values of a layer, both [B, N, T, D], and gives all so far as [B, N, K, D].</summary>
    internal (Tensor Keys, Tensor Values) Add(int layer, Tensor keys, Tensor values)
    {
        long added = keys.size(2), all = Length + added;
        if (all > Capacity) throw new InvalidOperationException($"the cache has room for {Capacity} tokens, not {all}");
        return (Append(ref _keys[layer], keys), Append(ref _values[layer], values));

        Tensor Append(ref Tensor? room, Tensor more)
        {
            room ??= zeros([Rows, _config.KeyValueHeads, Capacity, _config.HeadSize], more.dtype, more.device).DetachFromDisposeScope();
            room.narrow(2, Length, added).copy_(more);
            return room.narrow(2, 0, all);
        }
    }

    /// <summary>Counts tokens that every layer has added.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor? t in _keys.Concat(_values)) t?.Dispose();
    }
}
