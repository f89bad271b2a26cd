using System.Text;

namespace LoraCluster.Tokenizers;

/// <summary>
/// BERT's normalization of a text, in its order: clean (control characters vanish, blanks of every kind become a space), spaces around
/// CJK ideographs, accents stripped (NFD without nonspacing marks), lower case. Each step can be switched off by itself.
/// </summary>
internal sealed class BertNormalizer(bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowerCase)
{
    public string Normalize(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text)) return NormalizeAscii(text);
        var codePoints = new List<int>(text.Length);
        // A lone surrogate comes out as U+FFFD, which cleaning removes.
        foreach (Rune rune in text.EnumerateRunes()) codePoints.Add(rune.Value);
        if (cleanText) codePoints = Clean(codePoints);
        if (spaceIdeographs) codePoints = SpaceIdeographs(codePoints);
        if (stripAccents) codePoints = StripAccents(codePoints);
        if (lowerCase) codePoints = Lower(codePoints);
        var result = new StringBuilder(codePoints.Count + 8);
        foreach (int codePoint in codePoints) result.Append(new Rune(codePoint));
        return result.ToString();
    }

    private string NormalizeAscii(ReadOnlySpan<char> text)
    {
        char[] buffer = new char[text.Length];
        int length = 0;
        foreach (char c in text)
        {
            char kept = lowerCase && char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
            if (cleanText && c is < ' ' or '\x7F')
            {
                if (c is not ('\t' or '\n' or '\r')) continue;
                kept = ' ';
            }
            buffer[length++] = kept;
        }
        return new string(buffer, 0, length);
    }

    private static List<int> Clean(List<int> codePoints)
    {
        var result = new List<int>(codePoints.Count);
        foreach (int codePoint in codePoints)
        {
            if (codePoint == 0xFFFD || UnicodeFacts.IsControl(codePoint)) continue;
            result.Add(UnicodeFacts.IsWhiteSpace(codePoint) ? ' ' : codePoint);
        }
        return result;
    }

    private static List<int> SpaceIdeographs(List<int> codePoints)
    {
        var result = new List<int>(codePoints.Count + 8);
        foreach (int codePoint in codePoints)
        {
            if (UnicodeFacts.IsIdeograph(codePoint)) result.AddRange([' ', codePoint, ' ']);
            else result.Add(codePoint);
        }
        return result;
    }

    private static List<int> StripAccents(List<int> codePoints)
    {
        List<int> result = UnicodeFacts.Decompose(codePoints);
        result.RemoveAll(UnicodeFacts.IsNonspacingMark);
        return result;
    }

    private static List<int> Lower(List<int> codePoints)
    {
        var result = new List<int>(codePoints.Count + 8);
        foreach (int codePoint in codePoints) UnicodeFacts.AppendLower(codePoint, result);
        return result;
    }
}
