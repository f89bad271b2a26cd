using System.Collections.Frozen;
using System.Globalization;

namespace LoraCluster.Tokenizers;

/// <summary>
/// Properties of code points, from tables of our own (<c>unicode.txt</c>) and not from the machine's: the ids of a text must not
/// depend on the ICU library, on the runtime's version, on the culture or on invariant globalization, and they must be those of the
/// tokenizer that the models were trained with, which knows other versions of Unicode.
/// </summary>
internal static class UnicodeFacts
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161, TrailFirst = 0x11A7;
    private const int VowelsTimesTrails = 588, Trails = 28;

    private static readonly FrozenDictionary<string, string[]> Sections = ReadSections();
    private static readonly CodePointRanges Control = Ranges("control");
    private static readonly CodePointRanges Punctuation = Ranges("punctuation");
    private static readonly CodePointRanges Nonspacing = Ranges("nonspacing");
    private static readonly FrozenDictionary<int, int> CombiningClasses = ReadCombiningClasses();
    private static readonly FrozenDictionary<int, int> LowerCase = ReadLowerCase();
    private static readonly FrozenDictionary<int, int[]> Decompositions = ReadDecompositions();

    /// <summary>Other than tab, line feed and carriage return; code points without an assignment are none.</summary>
    public static bool IsControl(int codePoint) => Control.Contains(codePoint);

    public static bool IsPunctuation(int codePoint) => Punctuation.Contains(codePoint);

    public static bool IsNonspacingMark(int codePoint) => codePoint >= 0x300 && Nonspacing.Contains(codePoint);

    public static bool IsWhiteSpace(int codePoint) => codePoint switch
    {
        >= 0x09 and <= 0x0D or 0x20 or 0x85 or 0xA0 or 0x1680 or >= 0x2000 and <= 0x200A
            or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000 => true,
        _ => false,
    };

    /// <summary>What BERT calls Chinese: CJK ideographs, neither Kana nor Hangul. One block begins late, as in the reference.</summary>
    public static bool IsIdeograph(int codePoint) => codePoint switch
    {
        >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x2A6DF
            or >= 0x2A700 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0x2F800 and <= 0x2FA1F => true,
        _ => false,
    };

    /// <summary>Appends the full lower case of one code point, whatever stands around it (no final sigma).</summary>
    public static void AppendLower(int codePoint, List<int> to)
    {
        to.Add(codePoint == 0x130 ? 'i' : LowerCase.GetValueOrDefault(codePoint, codePoint));
        if (codePoint == 0x130) to.Add(0x307);
    }

    /// <summary>Canonical decomposition (NFD), marks in canonical order (https://www.unicode.org/reports/tr15/).</summary>
    public static List<int> Decompose(List<int> codePoints)
    {
        var result = new List<int>(codePoints.Count + 8);
        foreach (int codePoint in codePoints)
        {
            if (codePoint < 0xC0) result.Add(codePoint);
            else if (Decompositions.TryGetValue(codePoint, out int[]? parts)) result.AddRange(parts);
            else if (codePoint - HangulFirst is >= 0 and < HangulCount) AppendHangul(codePoint - HangulFirst, result);
            else result.Add(codePoint);
        }
        SortMarks(result);
        return result;
    }

    private static void AppendHangul(int syllable, List<int> to)
    {
        to.Add(LeadFirst + syllable / VowelsTimesTrails);
        to.Add(VowelFirst + syllable % VowelsTimesTrails / Trails);
        if (syllable % Trails != 0) to.Add(TrailFirst + syllable % Trails);
    }

    /// <summary>Sorts each run of marks with a combining class by that class, marks of one class staying in their order.</summary>
    private static void SortMarks(List<int> codePoints)
    {
        for (int start = 0; start < codePoints.Count; start++)
        {
            if (CombiningClass(codePoints[start]) == 0) continue;
            int end = start + 1;
            while (end < codePoints.Count && CombiningClass(codePoints[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] sorted = [.. codePoints[start..end].OrderBy(CombiningClass)];
                for (int i = 0; i < sorted.Length; i++) codePoints[start + i] = sorted[i];
            }
            start = end;
        }
    }

    private static int CombiningClass(int codePoint) => codePoint < 0x300 ? 0 : CombiningClasses.GetValueOrDefault(codePoint);

    private static FrozenDictionary<string, string[]> ReadSections()
    {
        using Stream stream = typeof(UnicodeFacts).Assembly.GetManifestResourceStream("LoraCluster.Tokenizers.unicode.txt")!;
        using var reader = new StreamReader(stream);
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<string>? section = null;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('[')) sections.Add(line[1..line.IndexOf(']', StringComparison.Ordinal)], section = []);
            else if (!line.StartsWith('#')) section?.AddRange(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        return sections.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    private static CodePointRanges Ranges(string section) => new(Sections[section].Select(Range));

    private static FrozenDictionary<int, int> ReadCombiningClasses()
    {
        var classes = new Dictionary<int, int>();
        foreach (string[] entry in Sections["combining"].Select(entry => entry.Split(':')))
        {
            (int first, int last) = Range(entry[0]);
            for (int codePoint = first; codePoint <= last; codePoint++) classes.Add(codePoint, Hex(entry[1]));
        }
        return classes.ToFrozenDictionary();
    }

    private static FrozenDictionary<int, int> ReadLowerCase()
    {
        var lower = new Dictionary<int, int>();
        foreach (string[] entry in Sections["lowercase"].Select(entry => entry.Split(':')))
        {
            string[] runAndStep = entry[0].Split('/');
            (int first, int last) = Range(runAndStep[0]);
            int step = runAndStep.Length == 2 ? Hex(runAndStep[1]) : 1;
            int added = entry[1].StartsWith('-') ? -Hex(entry[1][1..]) : Hex(entry[1]);
            for (int codePoint = first; codePoint <= last; codePoint += step) lower.Add(codePoint, codePoint + added);
        }
        return lower.ToFrozenDictionary();
    }

    private static FrozenDictionary<int, int[]> ReadDecompositions() => Sections["decomposition"].Select(entry => entry.Split(':'))
        .ToFrozenDictionary(entry => Hex(entry[0]), entry => entry[1].Split('+').Select(Hex).ToArray());

    private static (int First, int Last) Range(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0 ? (Hex(text), Hex(text)) : (Hex(text[..dash]), Hex(text[(dash + 1)..]));
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
