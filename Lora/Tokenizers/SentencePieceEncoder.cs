using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// SentencePiece's byte-pair encoding: of all neighbours that together are a piece, those with the highest score are merged first. There
/// are no words: blanks are characters of pieces.
/// </summary>
internal sealed class SentencePieceEncoder : ITextEncoder
{
    private readonly SentencePieceModel model;
    private readonly SentencePieceNormalizer normalizer;
    private readonly bool everyRunIsFirst;
    private readonly Dictionary<string, int> mergeable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly string[] userDefined;
    private readonly int[]? byteIds;
    private readonly int unknownId;

    /// <param name="model">The model.</param>
    /// <param name="addPrefixSpace">False: no dummy prefix, whatever the model says.</param>
    /// <param name="everyRunIsFirst">Whether a run of text after a special token is treated as if it began the text.</param>
    /// <exception cref="UserErrorException">The model lacks the unknown piece, or with byte fallback that of a byte.</exception>
    public SentencePieceEncoder(SentencePieceModel model, bool addPrefixSpace, bool everyRunIsFirst)
    {
        this.model = model;
        this.everyRunIsFirst = everyRunIsFirst;
        normalizer = new SentencePieceNormalizer(model, addPrefixSpace);
        unknownId = model.Pieces.Index().Where(piece => piece.Item.Kind == PieceKind.Unknown).Select(piece => piece.Index)
            .FirstOrDefault(-1);
        if (unknownId < 0) throw new UserErrorException($"{model.Path} has no unknown piece");
        foreach ((int id, SentencePiece piece) in model.Pieces.Index())
        {
            if (piece.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused) mergeable.Add(piece.Text, id);
        }
        lookup = mergeable.GetAlternateLookup<ReadOnlySpan<char>>();
        userDefined = [.. model.Pieces.Where(piece => piece.Kind == PieceKind.UserDefined).Select(piece => piece.Text)
            .OrderByDescending(text => text.Length)];
        byteIds = model.ByteFallback ? ByteIds(model) : null;
    }

    public int UnknownId => unknownId;

    public void Append(string text, bool isFirst, List<int> ids)
    {
        string normalized = normalizer.Normalize(text, isFirst || everyRunIsFirst);
        List<Symbol> symbols = Symbols(normalized);
        var rule = new MergeRule(this, normalized);
        SymbolMerger.Merge(symbols, rule);
        bool afterUnknown = false;
        foreach (Symbol symbol in symbols) rule.Append(symbol.Start, symbol.Length, ids, ref afterUnknown);
    }

    private static int[] ByteIds(SentencePieceModel model)
    {
        Dictionary<string, int> bytes = model.Pieces.Index().Where(piece => piece.Item.Kind == PieceKind.Byte)
            .ToDictionary(piece => piece.Item.Text, piece => piece.Index, StringComparer.Ordinal);
        return [.. Enumerable.Range(0, 256).Select(value => bytes.TryGetValue(BpeModel.ByteToken(value), out int id) ? id
            : throw new UserErrorException($"{model.Path} falls back to bytes, but has no piece {BpeModel.ByteToken(value)}"))];
    }

    /// <summary>The characters, a user-defined piece being one that is never merged.</summary>
    private List<Symbol> Symbols(string text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (int position = 0; position < text.Length;)
        {
            string? whole = userDefined.FirstOrDefault(piece => text.AsSpan(position).StartsWith(piece, StringComparison.Ordinal));
            int length = whole?.Length ?? (char.IsHighSurrogate(text[position]) ? 2 : 1);
            symbols.Add(new Symbol(position, length, whole is not null));
            position += length;
        }
        return symbols;
    }

    private void AppendUnknown(ReadOnlySpan<char> character, List<int> ids, ref bool afterUnknown)
    {
        if (byteIds is null)
        {
            // Neighbouring unknown characters are one piece.
            if (!afterUnknown) ids.Add(unknownId);
            afterUnknown = true;
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in character.EnumerateRunes())
        {
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)]) ids.Add(byteIds[value]);
        }
    }

    private readonly record struct Symbol(int Start, int Length, bool IsFrozen);

    private sealed class MergeRule(SentencePieceEncoder encoder, string text) : IMergeRule<Symbol>
    {
        // How a piece that may be passed through but not given out was made.
        private Dictionary<string, int>? unusedSplits;

        public bool TryMerge(in Symbol left, in Symbol right, out Symbol merged, out double priority)
        {
            merged = new Symbol(left.Start, left.Length + right.Length, false);
            priority = 0;
            if (left.IsFrozen || right.IsFrozen) return false;
            ReadOnlySpan<char> piece = text.AsSpan(merged.Start, merged.Length);
            if (!encoder.lookup.TryGetValue(piece, out int id)) return false;
            priority = -encoder.model.Pieces[id].Score;
            if (encoder.model.Pieces[id].Kind == PieceKind.Unused)
            {
                unusedSplits ??= new Dictionary<string, int>(StringComparer.Ordinal);
                unusedSplits[piece.ToString()] = left.Length;
            }
            return true;
        }

        public void Append(int start, int length, List<int> ids, ref bool afterUnknown)
        {
            ReadOnlySpan<char> piece = text.AsSpan(start, length);
            if (!encoder.lookup.TryGetValue(piece, out int id))
            {
                encoder.AppendUnknown(piece, ids, ref afterUnknown);
            }
            else if (encoder.model.Pieces[id].Kind == PieceKind.Unused
                && unusedSplits?.TryGetValue(piece.ToString(), out int leftLength) == true)
            {
                Append(start, leftLength, ids, ref afterUnknown);
                Append(start + leftLength, length - leftLength, ids, ref afterUnknown);
            }
            else
            {
                ids.Add(id);
                afterUnknown = false;
            }
        }
    }
}
