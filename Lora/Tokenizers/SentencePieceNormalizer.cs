using System.Buffers;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// What SentencePiece does to a text before it cuts it: characters by the model's map, blanks by the model's settings. A blank is a
/// space only, once the map has spoken.
/// </summary>
internal sealed class SentencePieceNormalizer
{
    public const string EscapedSpace = "\u2581";
    private static readonly byte[] Replacement = [0xEF, 0xBF, 0xBD];
    private readonly SentencePieceModel model;
    private readonly bool addDummyPrefix;
    private readonly byte[] space;
    private readonly byte[][] userDefined;

    /// <param name="model">The model, with its settings.</param>
    /// <param name="addPrefixSpace">False: no dummy prefix, whatever the model says.</param>
    public SentencePieceNormalizer(SentencePieceModel model, bool addPrefixSpace)
    {
        this.model = model;
        addDummyPrefix = model.AddDummyPrefix && addPrefixSpace;
        space = Encoding.UTF8.GetBytes(model.EscapeWhitespaces ? EscapedSpace : " ");
        userDefined = [.. model.Pieces.Where(piece => piece.Kind == PieceKind.UserDefined)
            .Select(piece => Encoding.UTF8.GetBytes(piece.Text)).OrderByDescending(bytes => bytes.Length)];
    }

    /// <summary>The normalized text.</summary>
    /// <param name="text">A run of text.</param>
    /// <param name="beginsText">Whether it gets the dummy prefix and loses leading blanks.</param>
    public string Normalize(string text, bool beginsText)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        if (model.RemoveExtraWhitespaces && beginsText)
        {
            while (!rest.IsEmpty && NextIsSpace(rest, out int consumed)) rest = rest[consumed..];
        }
        if (rest.IsEmpty) return "";
        var result = new List<byte>(rest.Length + 8);
        bool prefix = addDummyPrefix && beginsText;
        if (prefix && !model.WhitespaceIsSuffix) result.AddRange(space);
        bool afterSpace = model.RemoveExtraWhitespaces && beginsText;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> next = Next(rest, out int consumed);
            rest = rest[consumed..];
            if (afterSpace) next = next.TrimStart((byte)' ');
            if (next.IsEmpty) continue;
            foreach (byte value in next)
            {
                if (value == ' ') result.AddRange(space);
                else result.Add(value);
            }
            afterSpace = model.RemoveExtraWhitespaces && next[^1] == ' ';
        }
        if (model.RemoveExtraWhitespaces) TrimEnd(result);
        if (prefix && model.WhitespaceIsSuffix) result.AddRange(space);
        return Encoding.UTF8.GetString([.. result]);
    }

    private void TrimEnd(List<byte> bytes)
    {
        while (bytes.Count >= space.Length && bytes[^space.Length..].SequenceEqual(space))
        {
            bytes.RemoveRange(bytes.Count - space.Length, space.Length);
        }
    }

    private bool NextIsSpace(ReadOnlySpan<byte> text, out int consumed) => Next(text, out consumed) is [(byte)' '];

    /// <summary>What the text's beginning becomes, and how many bytes of it that takes.</summary>
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        foreach (byte[] symbol in userDefined)
        {
            if (!text.StartsWith(symbol)) continue;
            consumed = symbol.Length;
            return symbol;
        }
        if (model.CharacterMap is { } map && map.TryReplace(text, out ReadOnlySpan<byte> replacement, out consumed)) return replacement;
        return Rune.DecodeFromUtf8(text, out _, out consumed) == OperationStatus.Done ? text[..consumed] : Replacement;
    }
}
