using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

/// <summary>
/// A byte-level vocabulary: special tokens first, then all bytes, then the products of merges. The merges build "ab", " ab" and " abc".
/// </summary>
internal static class SmallByteLevel
{
    public static readonly string[] Merges = ["a b", "Ġ ab", "Ġab c"];

    public static Dictionary<string, int> Vocabulary(params string[] special)
    {
        string alphabet = string.Concat(Enumerable.Range(0, 256).Select(value => Character((byte)value)));
        IEnumerable<string> tokens = [.. special, .. alphabet.Select(c => c.ToString()),
            .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];
        return tokens.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
    }

    public static void Write(TemporaryFolder folder, params string[] special)
    {
        File.WriteAllText(folder.File("vocab.json"), JsonSerializer.Serialize(Vocabulary(special)));
        File.WriteAllText(folder.File("merges.txt"), "#version: 0.2\n" + string.Join('\n', Merges) + "\n");
    }

    /// <summary>GPT-2's table, found by its rule: visible characters are themselves, the others follow from U+0100 on.</summary>
    public static char Character(byte value)
    {
        static bool Visible(int b) => b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 and <= 255;
        return Visible(value) ? (char)value : (char)(256 + Enumerable.Range(0, value).Count(b => !Visible(b)));
    }
}
