using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraCluster.Tokenizers;

/// <summary>
/// Cuts a text into words by one of the regular expressions in use. The runtime matches UTF-16 units and not code points: a text with
/// characters beyond the first plane is matched by a stand-in, one character of the same kind for each code point.
/// </summary>
internal sealed partial class SplitPattern
{
    private const char Letter = '\u4E00', Number = '\u0660', Other = '\u2603';

    /// <summary>GPT-2's; RoBERTa and OPT share it.</summary>
    public static readonly SplitPattern Gpt2 = new(Gpt2Regex());

    /// <summary>By the text that a <c>tokenizer.json</c> has; only known ones, since regular expressions differ between engines.</summary>
    private static readonly Dictionary<string, SplitPattern> Known = new(StringComparer.Ordinal)
    {
        [@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = Gpt2,
        [@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"] =
            new SplitPattern(ThreeDigitsRegex()),
        [@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"] =
            new SplitPattern(OneDigitRegex()),
    };

    private readonly Regex regex;

    private SplitPattern(Regex regex) => this.regex = regex;

    public static SplitPattern? Named(string pattern) => Known.GetValueOrDefault(pattern);

    /// <summary>Appends the words; together they are the text.</summary>
    public void Split(string text, List<Range> words)
    {
        int[]? offsets = null;
        string matched = NeedsStandIn(text) ? StandIn(text, out offsets) : text;
        int start = 0;
        foreach (ValueMatch match in regex.EnumerateMatches(matched))
        {
            // These expressions leave nothing between two matches; should one, it is a word.
            Add(start, match.Index);
            Add(match.Index, start = match.Index + match.Length);
        }
        Add(start, matched.Length);

        void Add(int from, int to)
        {
            if (to > from) words.Add(offsets is null ? from..to : offsets[from]..offsets[to]);
        }
    }

    private static bool NeedsStandIn(string text)
    {
        foreach (char c in text) if (char.IsSurrogate(c)) return true;
        return false;
    }

    private static string StandIn(string text, out int[] offsets)
    {
        var standIn = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (int position = 0; position < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(position), out Rune rune, out int length);
            starts.Add(position);
            standIn.Append(length == 1 ? text[position] : StandInOf(rune));
            position += length;
        }
        starts.Add(text.Length);
        offsets = [.. starts];
        return standIn.ToString();
    }

    private static char StandInOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => Other,
    };

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    // (?i:s) of the reference's engine is s, S and the long s.
    [GeneratedRegex(@"'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex ThreeDigitsRegex();

    [GeneratedRegex(@"'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex OneDigitRegex();
}
