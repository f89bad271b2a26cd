using LoraCluster.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>Rows of token ids, padded to the longest of them, and their labels. The caller disposes it (or its dispose scope
/// does).</summary>
public sealed class TokenBatch : IDisposable
{
    private TokenBatch(Tensor ids, Tensor? mask, Tensor labels, int rows, int width, bool hasPadIdInside)
    {
        (Ids, Mask, Labels, Rows, Width, HasPadIdInside) = (ids, mask, labels, rows, width, hasPadIdInside);
    }

    /// <summary>Token ids [rows, width], int64.</summary>
    public Tensor Ids { get; }

    /// <summary>What is added to attention scores: 0 at tokens, minus infinity at padding, fp32 [rows, 1, 1, width]; null if no row is
    /// padded.</summary>
    public Tensor? Mask { get; }

    /// <summary>Token types [rows, width], int64; null if all are 0.</summary>
    public Tensor? Types { get; private init; }

    /// <summary>Labels [rows], int64; of a language model the next tokens at <see cref="TargetPlaces"/>.</summary>
    public Tensor Labels { get; }

    /// <summary>Where a language model is to guess the next token: flat places row * width + token, int64 [M]; null for a
    /// classifier.</summary>
    public Tensor? TargetPlaces { get; private init; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Tokens of the longest row.</summary>
    public int Width { get; }

    /// <summary>True if a token of a row (not its padding) is the padding id: a text can spell it.</summary>
    public bool HasPadIdInside { get; }

    /// <summary>
    /// Position numbers as RoBERTa counts them (transformers: create_position_ids_from_input_ids): every id but the padding's takes the
    /// next number from <paramref name="first"/> on, and the padding id takes the number before it, wherever it stands.
    /// </summary>
    /// <returns>int64 [rows * width]; the caller disposes it.</returns>
    internal Tensor PositionsAfterPadding(int padId, int first)
    {
        long[] numbers = TensorMemory.ToArray<long>(Ids);
        for (int row = 0; row < Rows; row++)
        {
            int next = first;
            foreach (ref long id in numbers.AsSpan(row * Width, Width)) id = id == padId ? first - 1 : next++;
        }
        return tensor(numbers, device: Ids.device);
    }

    /// <summary>A batch of rows of a data set.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="rows">Row numbers.</param>
    /// <param name="padId">Id to pad with.</param>
    /// <param name="device">Device; null: CPU.</param>
    public static TokenBatch Of(EncodedDataset data, ReadOnlySpan<int> rows, int padId, Device? device = null)
    {
        var ids = new int[rows.Length][];
        var labels = new int[rows.Length];
        for (int k = 0; k < rows.Length; k++) (ids[k], labels[k]) = (data.Ids(rows[k]).ToArray(), data.Label(rows[k]));
        return Of(ids, labels, padId, device);
    }

    /// <summary>A batch of rows of ids.</summary>
    /// <param name="rows">Ids of each row, without padding.</param>
    /// <param name="labels">A label for each row.</param>
    /// <param name="padId">Id to pad with.</param>
    /// <param name="device">Device; null: CPU.</param>
    /// <param name="types">Token types, as long as the rows (1 for the second sentence of a pair, in BERT); null: all 0.</param>
    public static TokenBatch Of(IReadOnlyList<int[]> rows, IReadOnlyList<int> labels, int padId, Device? device = null,
        IReadOnlyList<int[]>? types = null)
    {
        int width = rows.Max(r => r.Length);
        var ids = new long[rows.Count * width];
        var mask = new float[ids.Length];
        bool padded = false, inside = false;
        for (int k = 0; k < rows.Count; k++)
        {
            for (int t = 0; t < width; t++)
            {
                bool token = t < rows[k].Length;
                ids[k * width + t] = token ? rows[k][t] : padId;
                inside |= token && rows[k][t] == padId;
                if (!token) (mask[k * width + t], padded) = (float.NegativeInfinity, true);
            }
        }
        Device to = device ?? CPU;
        return new TokenBatch(
            tensor(ids, [rows.Count, width], device: to),
            padded ? tensor(mask, [rows.Count, 1, 1, width], device: to) : null,
            tensor(labels.Select(l => (long)l).ToArray(), device: to), rows.Count, width, inside)
        {
            Types = types is null ? null : tensor([.. types.SelectMany(t => Padded(t, width))], [rows.Count, width], device: to),
        };
    }

    /// <summary>A batch for a language model: every token but a row's first is a target of the one before it.</summary>
    /// <param name="rows">Ids of each row, without padding.</param>
    /// <param name="padId">Id to pad with, on the right.</param>
    /// <param name="device">Device; null: CPU.</param>
    /// <param name="ignored">Places of each row that are no target (-100 in Hugging Face's labels); null: none.</param>
    public static TokenBatch ForLanguageModel(IReadOnlyList<int[]> rows, int padId, Device? device = null,
        Func<int, int, bool>? ignored = null)
    {
        int width = rows.Max(r => r.Length);
        List<long> places = [], targets = [];
        for (int k = 0; k < rows.Count; k++)
        {
            for (int t = 1; t < rows[k].Length; t++)
            {
                if (ignored?.Invoke(k, t) == true) continue;
                places.Add((long)k * width + t - 1);
                targets.Add(rows[k][t]);
            }
        }
        using TokenBatch ids = Of(rows, new int[rows.Count], padId, device);
        Device to = device ?? CPU;
        return new TokenBatch(ids.Ids.alias(), null, tensor(targets.ToArray(), device: to), rows.Count, width, ids.HasPadIdInside)
        {
            TargetPlaces = tensor(places.ToArray(), device: to),
        };
    }

    private static IEnumerable<long> Padded(int[] types, int width) =>
        types.Select(t => (long)t).Concat(Enumerable.Repeat(0L, width - types.Length));

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Mask?.Dispose();
        Types?.Dispose();
        Labels.Dispose();
        TargetPlaces?.Dispose();
    }
}
