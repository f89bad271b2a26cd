using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class BpeTokenizerJsonTests : IDisposable
{
    private const string PrependAndReplace = """
        {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
         {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
        """;

    private const string LlamaDecoder = """
        {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
         {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    private const string LlamaTemplate = """
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 1}},
          {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2]}}}
        """;

    private const string Llama3Split = """
        {"type": "Sequence", "pretokenizers": [{"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "
        """ + @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + """
        \\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}}, {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
        """;

    private const string LlamaModel = """
        {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null, "end_of_word_suffix": null,
         "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
         "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "<0xC3>": 3, "<0xA9>": 4, "▁": 5, "a": 6, "b": 7, "▁a": 8, "ab": 9},
         "merges": ["▁ a", ["a", "b"]]}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("ab a", "<s> ▁a b ▁a")]
    [InlineData(" ab", "<s> ▁ ▁a b")]
    [InlineData("é", "<s> ▁ <0xC3> <0xA9>")]
    [InlineData("ê", "<s> ▁ <unk>")]
    [InlineData("xyz", "<s> ▁ <unk>")]
    [InlineData("", "<s>")]
    [InlineData("a</s>ab", "<s> ▁a </s> ▁a b")]
    public void Llama_2_by_its_normalizer(string text, string expected) =>
        Assert.Equal(expected, Pieces(Load(Llama()), text));

    [Theory]
    [InlineData("first", "a</s>ab a", "<s> ▁a </s> ab ▁a")]
    [InlineData("always", "a</s>ab", "<s> ▁a </s> ▁a b")]
    [InlineData("never", "ab ab", "<s> ab ▁a b")]
    [InlineData("first", " a", "<s> ▁a")]
    public void Llama_2_by_its_pre_tokenizer(string scheme, string text, string expected)
    {
        foreach (string split in new[] { "false", "true" })
        {
            string block = $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{split}}}""";
            Assert.Equal(expected, Pieces(Load(Llama(normalizer: "null", preTokenizer: block)), text));
        }
    }

    [Fact]
    public void Decoding_goes_by_its_steps()
    {
        ITextTokenizer tokenizer = Load(Llama());
        Assert.Equal("ab é", tokenizer.Decode(tokenizer.Encode("ab é", 99)));
        Assert.Equal("a\uFFFDb", tokenizer.Decode([1, 8, 3, 7]));
        Assert.Equal("<s> a", tokenizer.Decode([1, 8], skipSpecialTokens: false));
    }

    [Fact]
    public void The_template_and_the_configuration_say_what_goes_around()
    {
        ITextTokenizer tokenizer = Load(Llama());
        (int[] ids, int[] typeIds) = tokenizer.EncodePair("a", "a a", 4);
        Assert.Equal([8, 2, 8, 8], ids);
        Assert.Equal([0, 1, 1, 1], typeIds);
        Assert.Equal((0, null, null), (tokenizer.PadId, tokenizer.BosId, tokenizer.EosId));
        File.WriteAllText(folder.File("config.json"), """{"bos_token_id": 1, "eos_token_id": [2, 5]}""");
        tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal((2, 1, 2), (tokenizer.PadId, tokenizer.BosId, tokenizer.EosId));
        File.WriteAllText(folder.File("tokenizer_config.json"),
            """{"add_bos_token": false, "add_eos_token": true, "eos_token": "</s>", "pad_token": "<unk>"}""");
        tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([8, 2], tokenizer.Encode("a", 99));
        Assert.Equal(0, tokenizer.PadId);
    }

    [Theory]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""", "ab abc", "ab Ġabc")]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true}""", "abc</s>ab", "Ġabc </s> Ġab")]
    [InlineData(Llama3Split, "-ab abc", "- ab Ġabc")]
    public void Byte_level_with_its_pattern(string preTokenizer, string text, string expected)
    {
        string vocabulary = JsonSerializer.Serialize(SmallByteLevel.Vocabulary("<unk>", "<s>", "</s>"));
        string model = $$"""{"type": "BPE", "vocab": {{vocabulary}}, "merges": {{JsonSerializer.Serialize(SmallByteLevel.Merges)}}}""";
        ITextTokenizer tokenizer = Load(Whole(model, "null", preTokenizer, """{"type": "ByteLevel"}""",
            """{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": true, "add_prefix_space": false}"""));
        Assert.Equal($"<s> {expected} </s>", Pieces(tokenizer, text));
        Assert.Equal(text.Replace("</s>", " ", StringComparison.Ordinal).Trim(), tokenizer.Decode(tokenizer.Encode(text, 99)).Trim());
    }

    [Fact]
    public void A_word_that_is_a_token_may_be_taken_whole_and_padding_and_truncation_are_those_of_some_run()
    {
        string model = LlamaModel.Replace("\"ignore_merges\": false", "\"ignore_merges\": true", StringComparison.Ordinal)
            .Replace("\"ab\": 9", "\"ab\": 9, \"▁ab\": 10", StringComparison.Ordinal);
        const string run = """{"truncation": {"max_length": 2}, "padding": {}, """;
        string json = run + Llama(model)[1..];
        Assert.Equal("<s> ▁ab", Pieces(Load(json), "ab"));
        Assert.Equal("<s> ▁a b ▁a b", Pieces(Load(json), "ab ab"));
    }

    [Theory]
    [InlineData("model", """{"type": "Unigram", "vocab": []}""", "Unigram", "WordPiece and BPE")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}""", "merge 1", "\"aa\"")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": ["aa"]}""", "merges", "aa")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}""", "end_of_word_suf", "</w>")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}""", "dropout", "0.1")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "<u>"}""", "unknown token", "<u>")]
    [InlineData("normalizer", """{"type": "NFC"}""", "normalizer", "NFC")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": " +"}, "content": "_"}""", "normalizer", "pattern")]
    [InlineData("pre_tokenizer", """{"type": "Whitespace"}""", "pre_tokenizer", "Whitespace")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\w"}, "behavior": "Isolated"}""", "those known", "\\w")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace", "prepend_scheme": "last"}""", "prepend_scheme", "last")]
    [InlineData("decoder", """{"type": "BPEDecoder", "suffix": ""}""", "decoder", "BPEDecoder")]
    [InlineData("decoder", "null", "no decoder", "no decoder")]
    [InlineData("post_processor", """{"type": "Strange"}""", "post_processor", "Strange")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<x>"}}]}""", "<x>", "special_")]
    public void What_is_not_supported_is_refused_by_name(string block, string content, string first, string second)
    {
        string json = block switch
        {
            "model" => Llama(content),
            "normalizer" => Llama(normalizer: content),
            "pre_tokenizer" => Llama(preTokenizer: content),
            "decoder" => Whole(LlamaModel, PrependAndReplace, "null", content, LlamaTemplate),
            _ => Whole(LlamaModel, PrependAndReplace, "null", LlamaDecoder, content),
        };
        string message = Assert.Throws<UserErrorException>(() => Load(json)).Message;
        Assert.Contains(folder.File("tokenizer.json"), message, StringComparison.Ordinal);
        Assert.Contains(first, message, StringComparison.Ordinal);
        Assert.Contains(second, message, StringComparison.Ordinal);
    }

    private static string Llama(string model = LlamaModel, string normalizer = PrependAndReplace, string preTokenizer = "null") =>
        Whole(model, normalizer, preTokenizer, LlamaDecoder, LlamaTemplate);

    private static string Whole(string model, string normalizer, string preTokenizer, string decoder, string postProcessor) => $$"""
        {"added_tokens": [{"id": 1, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true}],
         "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}}, "post_processor": {{postProcessor}}, "decoder": {{decoder}},
         "model": {{model}}}
        """;

    private ITextTokenizer Load(string json)
    {
        File.WriteAllText(folder.File("tokenizer.json"), json);
        return TokenizerFolder.Load(folder.Path);
    }

    private static string Pieces(ITextTokenizer tokenizer, string text) =>
        string.Join(' ', tokenizer.Encode(text, int.MaxValue).Select(tokenizer.TokenOf));
}
