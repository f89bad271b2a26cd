using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// A tokenizer of the byte-pair kind, whatever its family: GPT-2's byte-level one (OPT, RoBERTa, Llama 3) or SentencePiece's (Llama 2).
/// Added tokens are found first; each run of text between them is normalized, cut into words and merged.
/// </summary>
public sealed class BpeTokenizer : ITextTokenizer
{
    private readonly BpeTokenizerParts parts;
    private readonly HashSet<int> specialIds;
    private readonly AddedTokenScanner rawScanner;
    private readonly AddedTokenScanner? normalizedScanner;

    internal BpeTokenizer(BpeTokenizerParts parts)
    {
        this.parts = parts;
        specialIds = [.. parts.Added.Where(token => token.Special).Select(token => token.Id), .. parts.LeftOutIds];
        rawScanner = new AddedTokenScanner(parts.Added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        AddedToken[] normalized = [.. parts.Added.Where(token => token.Normalized)];
        if (normalized.Length == 0) return;
        normalizedScanner = new AddedTokenScanner(normalized.Select(token => (parts.Encoder.Normalize(token.Content), token)));
    }

    /// <inheritdoc/>
    public int VocabularySize => parts.Vocabulary.Size;

    /// <inheritdoc/>
    public int PadId => parts.PadId ?? EosId ?? UnknownId ?? 0;

    /// <inheritdoc/>
    public int? UnknownId => parts.UnknownId;

    /// <inheritdoc/>
    public int? BosId => parts.BosId;

    /// <inheritdoc/>
    public int? EosId => parts.EosId;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files => parts.Files;

    /// <summary>
    /// Reads a byte-level encoding of GPT-2's kind from its two files: no special tokens, neither around a text nor in it.
    /// </summary>
    /// <param name="vocabularyPath"><c>vocab.json</c>: an object of tokens and ids.</param>
    /// <param name="mergesPath"><c>merges.txt</c>: a merge on each line, the first to be done first.</param>
    /// <exception cref="UserErrorException">A file cannot be read, or a merge does not fit the vocabulary.</exception>
    public static BpeTokenizer FromFiles(string vocabularyPath, string mergesPath) => ByteLevelFiles.Read(vocabularyPath, mergesPath);

    /// <summary>Reads a SentencePiece model of type BPE; its begin token is put before each text.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or is of another type.</exception>
    public static BpeTokenizer FromSentencePiece(string modelPath) =>
        SentencePieceFolder.Create(SentencePieceModel.Read(modelPath), TokenizerSettings.None, [modelPath]);

    /// <inheritdoc/>
    public int[] EncodeText(string text) => [.. Ids(text)];

    /// <inheritdoc/>
    public int[] Encode(string text, int maxLength)
    {
        int room = RoomFor(parts.Template.Single, maxLength);
        List<int> ids = Ids(text);
        return Fill(parts.Template.Single, [ids.Count > room ? ids[..room] : ids]).Ids;
    }

    /// <inheritdoc/>
    public (int[] Ids, int[] TypeIds) EncodePair(string a, string b, int maxLength)
    {
        int room = RoomFor(parts.Template.Pair, maxLength);
        List<int> first = Ids(a), second = Ids(b);
        (int firstLength, int secondLength) = BertTokenizer.TruncateLongestFirst(first.Count, second.Count, room);
        return Fill(parts.Template.Pair, [first[..firstLength], second[..secondLength]]);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => Decode(ids, skipSpecialTokens: true);

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var kept = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            ThrowIfOutside(id);
            if (parts.Vocabulary[id] is not null && !(skipSpecialTokens && specialIds.Contains(id))) kept.Add(id);
        }
        return parts.Decoder.Decode(kept);
    }

    /// <inheritdoc/>
    public string TokenOf(int id)
    {
        ThrowIfOutside(id);
        return parts.Vocabulary[id] ?? "";
    }

    /// <inheritdoc/>
    public bool TryGetId(string token, out int id) => parts.Vocabulary.TryGetId(token, out id);

    private void ThrowIfOutside(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
    }

    private static int RoomFor(IReadOnlyList<TemplatePart> template, int maxLength)
    {
        int special = RowTemplate.SpecialCount(template);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, special);
        return maxLength - special;
    }

    private static (int[] Ids, int[] TypeIds) Fill(IReadOnlyList<TemplatePart> template, ReadOnlySpan<List<int>> texts)
    {
        var ids = new List<int>();
        var typeIds = new List<int>();
        foreach (TemplatePart part in template)
        {
            if (part.SpecialId is { } special) ids.Add(special);
            else ids.AddRange(texts[part.Text]);
            while (typeIds.Count < ids.Count) typeIds.Add(part.TypeId);
        }
        return ([.. ids], [.. typeIds]);
    }

    private List<int> Ids(string text)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        string valid = Valid(text);
        foreach ((Range piece, AddedToken? token) in rawScanner.Split(valid))
        {
            if (token is not null) ids.Add(token.Id);
            else AppendNormalized(parts.Encoder.Normalize(valid[piece]), isFirst: piece.Start.Value == 0, ids);
        }
        return ids;
    }

    private void AppendNormalized(string text, bool isFirst, List<int> ids)
    {
        if (normalizedScanner is null)
        {
            parts.Encoder.Append(text, isFirst, ids);
            return;
        }
        foreach ((Range piece, AddedToken? token) in normalizedScanner.Split(text))
        {
            if (token is not null) ids.Add(token.Id);
            else parts.Encoder.Append(text[piece], isFirst && piece.Start.Value == 0, ids);
        }
    }

    /// <summary>The text with U+FFFD for each lone surrogate.</summary>
    private static string Valid(string text)
    {
        foreach (char c in text)
        {
            if (char.IsSurrogate(c)) return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        }
        return text;
    }
}
