using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class BertTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_line_is_an_id_blank_lines_count_and_the_last_duplicate_wins()
    {
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "", "", "a", "b\r", "two words", " ", "c");
        Assert.Equal(13, tokenizer.VocabularySize);
        Assert.Equal([8, 9, 12, 1], Words(tokenizer, "a b c two"));
        Assert.Equal(["a", "", "", "a", "b", "two words", " ", "c"], Enumerable.Range(5, 8).Select(tokenizer.TokenOf));
    }

    [Fact]
    public void A_byte_order_mark_and_a_missing_last_line_end_are_no_part_of_a_token()
    {
        File.WriteAllText(folder.File("vocab.txt"), "\uFEFF" + SmallVocabulary.Special + "a");
        BertTokenizer tokenizer = BertTokenizer.FromVocabulary(folder.File("vocab.txt"));
        Assert.Equal((0, 6), (tokenizer.PadId, tokenizer.VocabularySize));
        Assert.Equal([5], Words(tokenizer, "a"));
    }

    [Fact]
    public void A_word_of_a_hundred_code_points_is_spelt_and_a_longer_one_is_unknown()
    {
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "##a", "\U00010330", "##\U00010330");
        Assert.Equal(100, Words(tokenizer, new string('a', 100)).Length);
        Assert.Equal([1], Words(tokenizer, new string('a', 101)));
        Assert.Equal(100, Words(tokenizer, string.Concat(Enumerable.Repeat("\U00010330", 100))).Length);
        Assert.Equal([1], Words(tokenizer, string.Concat(Enumerable.Repeat("\U00010330", 101))));
    }

    [Theory]
    [InlineData(true, null, "éÉ", new[] { 5, 6 })]
    [InlineData(false, null, "éÉ", new[] { 9, 12 })]
    [InlineData(true, false, "éÉ", new[] { 9, 10 })]
    [InlineData(false, true, "éÉ", new[] { 5, 8 })]
    [InlineData(true, null, "İı", new[] { 13, 14 })]
    [InlineData(true, false, "İ", new[] { 13, 15 })]
    public void Lower_case_and_accents_are_switched_each_by_itself(bool lowerCase, bool? stripAccents, string text, int[] expected)
    {
        var options = new BertTokenizerOptions { LowerCase = lowerCase, StripAccents = stripAccents };
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, options,
            "e", "##e", "E", "##E", "é", "##é", "É", "##É", "i", "##ı", "##\u0307");
        Assert.Equal(expected, Words(tokenizer, text));
    }

    [Fact]
    public void Ideographs_are_words_unless_switched_off()
    {
        string[] tokens = ["漢", "字", "##字", "x"];
        Assert.Equal([5, 6, 8], Words(SmallVocabulary.Write(folder, tokens), "漢字x"));
        var off = new BertTokenizerOptions { TokenizeChineseCharacters = false };
        Assert.Equal([1], Words(SmallVocabulary.Write(folder, off, tokens), "漢字x"));
        Assert.Equal([5, 7], Words(SmallVocabulary.Write(folder, off, tokens), "漢字"));
    }

    [Fact]
    public void Without_basic_tokenization_words_end_at_white_space_only()
    {
        string[] tokens = ["a", "A", ".", "##."];
        Assert.Equal([5, 7], Words(SmallVocabulary.Write(folder, tokens), "A."));
        var off = new BertTokenizerOptions { BasicTokenization = false };
        Assert.Equal([6, 8, 5], Words(SmallVocabulary.Write(folder, off, tokens), "A.\ta"));
    }

    [Fact]
    public void Words_that_are_never_split_are_looked_up_as_they_are()
    {
        var options = new BertTokenizerOptions { NeverSplit = ["A.b", "Zz"] };
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, options, "A.b", "a", ".", "b");
        Assert.Equal([5, 6, 7, 8, 7, 1], Words(tokenizer, "A.b A.b. Zz"));
    }

    [Theory]
    [InlineData("\uD800", new int[0])]
    [InlineData("a\uDC00a", new[] { 5, 6 })]
    [InlineData("a\0a\uFFFDa", new[] { 5, 6, 6 })]
    public void What_is_no_text_vanishes(string text, int[] expected) =>
        Assert.Equal(expected, Words(SmallVocabulary.Write(folder, "a", "##a"), text));

    [Fact]
    public void Special_tokens_in_the_text_are_themselves()
    {
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "[", "]", "mask");
        Assert.Equal([4, 5, 3, 2, 6, 8, 7], Words(tokenizer, "[MASK]a[SEP][CLS][mask]"));
    }

    [Fact]
    public void Lengths_are_those_asked_for()
    {
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "a", "b");
        Assert.Equal([2, 3], tokenizer.Encode("a a", 2));
        Assert.Equal([2, 5, 3], tokenizer.Encode("a a", 3));
        Assert.Equal([2, 3], tokenizer.Encode("", 512));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", 1));
        Assert.Equal([2, 3, 3], tokenizer.EncodePair("a", "b", 3).Ids);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodePair("a", "b", 2));
        (int[] ids, int[] typeIds) = tokenizer.EncodePair("a a a", "b", 5);
        Assert.Equal([2, 5, 3, 6, 3], ids);
        Assert.Equal([0, 0, 0, 1, 1], typeIds);
    }

    [Theory]
    [InlineData(3, 4, 10, 3, 4)]
    [InlineData(3, 9, 10, 3, 7)]
    [InlineData(9, 3, 10, 7, 3)]
    [InlineData(8, 8, 11, 5, 6)]
    [InlineData(9, 8, 11, 6, 5)]
    [InlineData(5, 9, 11, 5, 6)]
    [InlineData(5, 5, 0, 0, 0)]
    public void The_longer_text_is_cut_first(int first, int second, int most, int keptFirst, int keptSecond) =>
        Assert.Equal((keptFirst, keptSecond), BertTokenizer.TruncateLongestFirst(first, second, most));

    [Fact]
    public void Decoding_joins_pieces_and_closes_up_punctuation()
    {
        BertTokenizer tokenizer = SmallVocabulary.Write(folder, "un", "##do", ",", "'", "n't", "##.");
        Assert.Equal("undo, ' undon't.", tokenizer.Decode([2, 5, 6, 7, 8, 5, 6, 9, 10, 3, 0]));
        Assert.Equal("[CLS] un [SEP]", tokenizer.Decode([2, 5, 3], skipSpecialTokens: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenOf(-1));
    }

    [Fact]
    public void A_vocabulary_without_a_special_token_is_refused_by_name()
    {
        File.WriteAllText(folder.File("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\na\n");
        string message = Assert.Throws<UserErrorException>(() => BertTokenizer.FromVocabulary(folder.File("vocab.txt"))).Message;
        Assert.Contains(folder.File("vocab.txt"), message, StringComparison.Ordinal);
        Assert.Contains("\"[SEP]\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_that_is_no_text_is_refused_with_its_line()
    {
        File.WriteAllBytes(folder.File("vocab.txt"), [.. "[PAD]\n"u8, 0xFF, (byte)'\n']);
        string message = Assert.Throws<UserErrorException>(() => BertTokenizer.FromVocabulary(folder.File("vocab.txt"))).Message;
        Assert.Contains("line 2", message, StringComparison.Ordinal);
    }

    private static int[] Words(BertTokenizer tokenizer, string text) => tokenizer.Encode(text, int.MaxValue)[1..^1];
}
