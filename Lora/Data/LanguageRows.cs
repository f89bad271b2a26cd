using LoraCluster.Tokenizers;

namespace LoraCluster.Data;

/// <summary>How texts become the rows of a language model's batches.</summary>
public enum Packing
{
    /// <summary>A row a text, cut at the longest length; shorter rows are padded.</summary>
    Padded,
    /// <summary>All texts one after the other, cut into rows of the longest length: no padding, no text lost.</summary>
    Packed,
}

/// <summary>Encodes texts for a language model: each with the tokenizer's special tokens, and the end token behind it where it has
/// one.</summary>
public static class LanguageRows
{
    /// <summary>Rows of token ids, in order; at least one.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength">Most ids of a row, 2 or more.</param>
    /// <param name="packing">How texts become rows.</param>
    public static IEnumerable<int[]> Of(IEnumerable<string> texts, ITextTokenizer tokenizer, int maxLength, Packing packing)
    {
        IEnumerable<int[]> whole = texts.Select(text => WithEnd(tokenizer.Encode(text, int.MaxValue), tokenizer.EosId));
        return packing == Packing.Padded ? whole.Select(ids => ids.Length <= maxLength ? ids : ids[..maxLength])
            : whole.SelectMany(ids => ids).Chunk(maxLength);
    }

    private static int[] WithEnd(int[] ids, int? end) =>
        end is not { } id || (ids.Length > 1 && ids[^1] == id) ? ids : [.. ids, id];
}
