using System.Globalization;
using System.Text;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class UnicodeFactsTests
{
    [Theory]
    [InlineData("\u00C5\u212B\u212A", "A\u030AA\u030AK")]
    [InlineData("\u1E69", "s\u0323\u0307")]
    [InlineData("\uAC00\uAC01\uD7A3", "\u1100\u1161\u1100\u1161\u11A8\u1112\u1175\u11C2")]
    [InlineData("a\u0301\u0323\u0327b\u0302\u0316", "a\u0327\u0323\u0301b\u0316\u0302")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\uF900\u2F81A", "\u8C48\u2F81A")]
    [InlineData("\u0BCA", "\u0BC6\u0BBE")]
    public void Decomposes_canonically(string text, string expected)
    {
        Assert.Equal(CodePoints(expected), UnicodeFacts.Decompose(CodePoints(text)));
        Assert.Equal(expected, text.Normalize(NormalizationForm.FormD));
    }

    [Theory]
    [InlineData("A", "a")]
    [InlineData("İ", "i\u0307")]
    [InlineData("I", "i")]
    [InlineData("Σ", "σ")]
    [InlineData("ǅ", "ǆ")]
    [InlineData("ẞ", "ß")]
    [InlineData("ᾼ", "ᾳ")]
    [InlineData("Ⅷ", "ⅷ")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("ﬁ", "ﬁ")]
    public void Lower_case_is_that_of_the_code_point_alone(string text, string expected)
    {
        var lower = new List<int>();
        foreach (Rune rune in text.EnumerateRunes()) UnicodeFacts.AppendLower(rune.Value, lower);
        Assert.Equal(CodePoints(expected), lower);
    }

    /// <summary>The runtime knows a newer Unicode, in which some nonspacing marks have become spacing ones.</summary>
    [Fact]
    public void The_tables_agree_with_the_runtime_where_both_know()
    {
        for (int codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
            if (UnicodeFacts.IsNonspacingMark(codePoint))
            {
                Assert.True(category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark, $"{codePoint:x}");
            }
            if (UnicodeFacts.IsControl(codePoint))
            {
                Assert.True(category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse, $"{codePoint:x}");
            }
            if (UnicodeFacts.IsPunctuation(codePoint) && codePoint is > 0x7F and not 0x166D and not 0x111C9)
            {
                Assert.True(category is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation, $"{codePoint:x}");
            }
            if (codePoint < 0x10000) Assert.Equal(char.IsWhiteSpace((char)codePoint), UnicodeFacts.IsWhiteSpace(codePoint));
        }
    }

    [Fact]
    public void The_joiners_and_marks_of_later_versions_stay()
    {
        // Assigned after Unicode 8, which the reference knows: neither stripped nor cleaned away.
        Assert.False(UnicodeFacts.IsNonspacingMark(0x1DFB));
        Assert.False(UnicodeFacts.IsControl(0x08E2));
        Assert.False(UnicodeFacts.IsControl(0x0378));
    }

    private static List<int> CodePoints(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];
}
