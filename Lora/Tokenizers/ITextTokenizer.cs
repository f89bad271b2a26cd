namespace LoraCluster.Tokenizers;

/// <summary>Text to token ids and back. Implementations are immutable and may be used from several threads at once.</summary>
public interface ITextTokenizer
{
    /// <summary>One more than the largest id: the rows that an embedding needs at least.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// Id that fills a row up to its batch's length. A tokenizer without a padding token (Llama's) gives its end token, or else another:
    /// what is padding follows from the row's length, never from the id.
    /// </summary>
    int PadId { get; }

    /// <summary>Id of the token that stands for what the vocabulary cannot spell; null where it can spell everything.</summary>
    int? UnknownId { get; }

    /// <summary>Id of the token that begins a text; null where the tokenizer has none.</summary>
    int? BosId { get; }

    /// <summary>Id of the token that ends a text, at which generation stops; null where the tokenizer has none.</summary>
    int? EosId { get; }

    /// <summary>The files that it was read from.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>The ids of a text alone, without special tokens around them.</summary>
    /// <param name="text">Any text, also an empty one.</param>
    int[] EncodeText(string text);

    /// <summary>The ids of a text with the model's special tokens around them.</summary>
    /// <param name="text">Any text, also an empty one.</param>
    /// <param name="maxLength">Most ids, special tokens included; what is too much is cut off at the text's end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone do not fit.</exception>
    int[] Encode(string text, int maxLength);

    /// <summary>The ids of two texts with the model's special tokens, and for each id the number (0 or 1) of its text.</summary>
    /// <param name="a">The first text.</param>
    /// <param name="b">The second text.</param>
    /// <param name="maxLength">Most ids, special tokens included; what is too much is cut off at the end of the longer text first.</param>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone do not fit.</exception>
    (int[] Ids, int[] TypeIds) EncodePair(string a, string b, int maxLength);

    /// <summary>The text of ids, special tokens left out. Not always the text that was encoded: normalization cannot be undone.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens);

    /// <summary>The token of an id, as the vocabulary spells it; empty for an id that has none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    string TokenOf(int id);

    /// <summary>The id of a token, as the vocabulary spells it.</summary>
    bool TryGetId(string token, out int id);
}
