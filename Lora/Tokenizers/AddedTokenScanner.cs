using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>Finds added tokens in a text: leftmost first, and the longest of those that begin at one place.</summary>
internal sealed class AddedTokenScanner
{
    private readonly (string Content, AddedToken Token)[] longestFirst;
    private readonly SearchValues<char> firstCharacters;

    /// <param name="tokens">The tokens, each with the text to look for.</param>
    public AddedTokenScanner(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        longestFirst = [.. tokens.Where(t => t.Content.Length > 0).OrderByDescending(t => t.Content.Length)];
        firstCharacters = SearchValues.Create([.. longestFirst.Select(t => t.Content[0]).Distinct()]);
    }

    /// <summary>The pieces of a text in order: a token, or (token null) what lies between. Empty pieces are left out.</summary>
    public List<(Range Piece, AddedToken? Token)> Split(ReadOnlySpan<char> text)
    {
        var pieces = new List<(Range, AddedToken?)>();
        int start = 0, position = 0;
        while (position < text.Length)
        {
            int candidate = text[position..].IndexOfAny(firstCharacters);
            if (candidate < 0) break;
            position += candidate;
            if (Match(text, position) is not { } found)
            {
                position++;
                continue;
            }
            int end = position + found.Content.Length;
            if (found.Token.SingleWord && (WordCharacterBefore(text, position) || WordCharacterAfter(text, end)))
            {
                position = end;
                continue;
            }
            int from = position;
            if (found.Token.LeftStrip) while (from > start && UnicodeFacts.IsWhiteSpace(text[from - 1])) from--;
            if (found.Token.RightStrip) while (end < text.Length && UnicodeFacts.IsWhiteSpace(text[end])) end++;
            if (from > start) pieces.Add((start..from, null));
            pieces.Add((from..end, found.Token));
            start = position = end;
        }
        if (start < text.Length) pieces.Add((start..text.Length, null));
        return pieces;
    }

    private (string Content, AddedToken Token)? Match(ReadOnlySpan<char> text, int position)
    {
        foreach ((string Content, AddedToken Token) candidate in longestFirst)
        {
            if (text[position..].StartsWith(candidate.Content, StringComparison.Ordinal)) return candidate;
        }
        return null;
    }

    private static bool WordCharacterBefore(ReadOnlySpan<char> text, int position) =>
        Rune.DecodeLastFromUtf16(text[..position], out Rune rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool WordCharacterAfter(ReadOnlySpan<char> text, int position) =>
        Rune.DecodeFromUtf16(text[position..], out Rune rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    /// <summary>Word characters as in regular expressions (Unicode TS 18, annex C), enclosed letters and joiners among them.</summary>
    private static bool IsWordCharacter(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber
        || rune.Value is 0x200C or 0x200D or >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169
            or >= 0x1F170 and <= 0x1F189;
}
