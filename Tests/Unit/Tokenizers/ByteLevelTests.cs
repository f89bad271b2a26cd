using System.Text;
using CsCheck;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class ByteLevelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_byte_has_its_character()
    {
        foreach (int value in Enumerable.Range(0, 128))
        {
            string text = ((char)value).ToString();
            Assert.Equal(SmallByteLevel.Character((byte)value).ToString(), ByteLevelAlphabet.FromText(text));
        }
        Assert.Equal("Ġ", ByteLevelAlphabet.FromText(" "));
        Assert.Equal("Ċ", ByteLevelAlphabet.FromText("\n"));
        Assert.Equal("Ã©", ByteLevelAlphabet.FromText("é"));
    }

    [Fact]
    public void Merges_go_in_their_order_and_within_words_only()
    {
        ITextTokenizer tokenizer = Plain();
        Assert.Equal(["ab", "c", "Ġ", "Ġabc", "Ġ", "a"], tokenizer.EncodeText("abc  abc a").Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Any_text_comes_back()
    {
        ITextTokenizer tokenizer = Plain();
        Gen<char> character = Gen.OneOf(
            Gen.Char, Gen.Char['\0', '\x7F'], Gen.Char['\uD800', '\uDFFF'], Gen.Char['a', 'c'], Gen.Const(' '));
        character.Array[0, 60].Sample(characters =>
        {
            string text = new(characters), valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            int[] ids = tokenizer.EncodeText(text);
            Assert.Equal(valid, tokenizer.Decode(ids));
            Assert.Equal(ids[..Math.Min(ids.Length, 5)], tokenizer.Encode(text, 5));
        });
    }

    [Fact]
    public void Several_threads_may_encode_at_once()
    {
        ITextTokenizer tokenizer = Plain();
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"ab abc {i} c{i % 7}ab")];
        int[][] together = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => together[i] = tokenizer.EncodeText(texts[i]));
        ITextTokenizer alone = Plain();
        Assert.All(Enumerable.Range(0, texts.Length), i => Assert.Equal(alone.EncodeText(texts[i]), together[i]));
    }

    [Theory]
    [InlineData("a  b", "a| | b")]
    [InlineData("I'm'M", "I|'m|'|M")]
    [InlineData("x12 34.", "x|12| 34|.")]
    [InlineData("a\n\n b ", "a|\n\n| b| ")]
    [InlineData("𝟏𝟐 𐐀𐐨😀x", "𝟏𝟐| 𐐀𐐨|😀|x")]
    [InlineData("𠀀\u3000 b", "𠀀|\u3000| b")]
    public void Gpt2_splits_code_points(string text, string expected) => Assert.Equal(expected.Split('|'), Split(SplitPattern.Gpt2, text));

    [Theory]
    [InlineData("I'M'ſx", "I|'M|'ſ|x")]
    [InlineData("12345 𝟏𝟐𝟑𝟒", "123|45| |𝟏𝟐𝟑|𝟒")]
    [InlineData("😀a (b!\n\n c\r\n", "😀a| (|b|!\n\n| c|\r\n")]
    public void Llama_3_splits_code_points(string text, string expected)
    {
        const string pattern =
            @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
        Assert.Equal(expected.Split('|'), Split(SplitPattern.Named(pattern)!, text));
        Assert.Null(SplitPattern.Named(@"\w+"));
    }

    [Fact]
    public void Special_tokens_follow_from_the_family()
    {
        SmallByteLevel.Write(folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>");
        ITextTokenizer opt = Load("""{"model_type": "opt"}""");
        Assert.Equal([2, 2], opt.Encode("</s>", 9));
        Assert.NotEqual([2, 0], opt.Encode("<s>", 9));
        Assert.Equal((1, 2, 2), (opt.PadId, opt.BosId, opt.EosId));
        ITextTokenizer roberta = Load("""{"model_type": "roberta"}""");
        Assert.Equal([0, 4, 4, 3, 2], roberta.Encode(" <mask>  <mask><unk>", 9));
        ITextTokenizer gpt2 = Load("""{"model_type": "gpt2"}""");
        Assert.Equal([5], gpt2.Encode("<|endoftext|>", 9));
        Assert.Equal((5, 5, 5), (gpt2.PadId, gpt2.BosId, gpt2.EosId));
    }

    [Fact]
    public void The_tokenizer_configuration_counts_more_than_the_family()
    {
        SmallByteLevel.Write(folder, "<b>", "</s>", "<e>");
        File.WriteAllText(folder.File("tokenizer_config.json"), """
            {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true, "add_eos_token": true, "bos_token": "<b>",
             "eos_token": {"__type": "AddedToken", "content": "<e>"}, "pad_token": "<p>", "add_prefix_space": true}
            """);
        File.WriteAllText(folder.File("added_tokens.json"), """{"<p>": 300}""");
        ITextTokenizer tokenizer = Load("""{"model_type": "opt"}""");
        Assert.Equal(["<b>", "Ġab", "<p>", "Ġab", "<e>"], tokenizer.Encode("ab<p>ab", 9).Select(tokenizer.TokenOf));
        Assert.Equal((300, 301), (tokenizer.PadId, tokenizer.VocabularySize));
        (int[] ids, int[] typeIds) = tokenizer.EncodePair("ab", " abc", 9);
        Assert.Equal(["<b>", "Ġab", "<e>", "<b>", "Ġabc", "<e>"], ids.Select(tokenizer.TokenOf));
        Assert.Equal([0, 0, 0, 1, 1, 1], typeIds);
        Assert.Equal(" ab ab", tokenizer.Decode(tokenizer.Encode("ab ab", 9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([301]));
    }

    [Theory]
    [InlineData("merges.txt", "#version\na b\nab\n", "line 3", "\"ab\"")]
    [InlineData("merges.txt", "a b\n\nc d\n", "line 2", "\"\"")]
    [InlineData("merges.txt", "a b\na bc\n", "merge 2", "\"bc\"")]
    [InlineData("merges.txt", "a c\n", "merge 1", "\"ac\"")]
    [InlineData("vocab.json", """{"a": "x"}""", "a", "\"x\"")]
    [InlineData("vocab.json", "[]", "object", "[]")]
    [InlineData("config.json", """{"model_type": "gpt_neox"}""", "model_type gpt_neox", "roberta, opt and gpt2")]
    [InlineData("config.json", """{}""", "neither", "tokenizer_class")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "CLIPTokenizer"}""", "CLIPTokenizer", "RobertaTokenizer")]
    [InlineData("tokenizer_config.json", """{"bos_token": "<x>"}""", "bos_token", "<x>")]
    public void What_is_wrong_is_refused_by_file_and_value(string file, string content, string first, string second)
    {
        SmallByteLevel.Write(folder, "<pad>", "</s>");
        bool namesClass = content.Contains("tokenizer_class", StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"), namesClass ? "{}" : """{"model_type": "opt"}""");
        File.WriteAllText(folder.File(file), content);
        string message = Assert.Throws<UserErrorException>(() => TokenizerFolder.Load(folder.Path)).Message;
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
        Assert.Contains(first, message, StringComparison.Ordinal);
        Assert.Contains(second, message, StringComparison.Ordinal);
    }

    private BpeTokenizer Plain()
    {
        SmallByteLevel.Write(folder);
        return BpeTokenizer.FromFiles(folder.File("vocab.json"), folder.File("merges.txt"));
    }

    private ITextTokenizer Load(string config)
    {
        File.WriteAllText(folder.File("config.json"), config);
        return TokenizerFolder.Load(folder.Path);
    }

    private static IEnumerable<string> Split(SplitPattern pattern, string text)
    {
        var words = new List<Range>();
        pattern.Split(text, words);
        return words.Select(word => text[word]);
    }
}
