using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class BertTokenizerFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Switches_and_special_tokens_come_from_the_configuration()
    {
        Write("vocab.txt", "<pad>\n<unk>\n<s>\n</s>\n<m>\nÉ\n漢字\na.b\n<x>\n");
        Write("tokenizer_config.json", """
            {"tokenizer_class": "DistilBertTokenizerFast", "do_lower_case": false, "strip_accents": false,
             "tokenize_chinese_chars": false, "never_split": ["a.b"], "cls_token": "<s>",
             "sep_token": {"content": "</s>", "lstrip": false}, "model_max_length": 1e30, "strange": [1]}
            """);
        Write("special_tokens_map.json", """
            {"cls_token": "[CLS]", "pad_token": "<pad>", "unk_token": {"content": "<unk>"}, "mask_token": "<m>",
             "additional_special_tokens": ["<x>"]}
            """);
        BertTokenizer tokenizer = BertTokenizer.Load(folder.Path);
        Assert.Equal([2, 5, 6, 7, 8, 4, 3], tokenizer.Encode("É 漢字 a.b <x><m>", 20));
        Assert.Equal((0, 1, 2), (tokenizer.PadId, tokenizer.UnknownId, tokenizer.ClassificationId));
        Assert.Equal((3, 4), (tokenizer.SeparatorId, tokenizer.MaskId));
        Assert.Equal(["special_tokens_map.json", "tokenizer_config.json", "vocab.txt"],
            tokenizer.Files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_vocabulary_alone_is_enough()
    {
        Write("vocab.txt", SmallVocabulary.Special + "a\n");
        Assert.Equal([2, 5, 3], BertTokenizer.Load(folder.Path).Encode("Á", 9));
    }

    [Fact]
    public void Added_tokens_have_ids_of_their_own_beyond_the_vocabulary()
    {
        Write("vocab.txt", SmallVocabulary.Special + "a\n");
        Write("added_tokens.json", """{"<new>": 7}""");
        Write("tokenizer_config.json", """{"added_tokens_decoder": {"9": {"content": "<Other>", "lstrip": true, "special": true}}}""");
        BertTokenizer tokenizer = BertTokenizer.Load(folder.Path);
        Assert.Equal(10, tokenizer.VocabularySize);
        Assert.Equal([2, 7, 5, 9, 7, 3], tokenizer.Encode("<new>a  <Other><NEW>", 9));
        Assert.Equal("<new> a", tokenizer.Decode([7, 5, 9]));
        Assert.Equal("", tokenizer.TokenOf(8));
    }

    [Fact]
    public void A_tokenizer_json_serves_where_there_is_no_vocabulary_file()
    {
        Write("tokenizer.json", """
            {"truncation": {"max_length": 3}, "padding": {"strategy": {"Fixed": 8}},
             "added_tokens": [{"id": 4, "content": "[MASK]", "special": true, "lstrip": true}],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
              "lowercase": false},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "@", "max_input_chars_per_word": 3,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "A": 5, "@b": 6}}}
            """);
        BertTokenizer tokenizer = BertTokenizer.Load(folder.Path);
        Assert.Equal([2, 5, 6, 1, 1, 4, 3], tokenizer.Encode("Ab a Abbb [MASK]", 99));
        Write("tokenizer_config.json", """{"tokenizer_class": "BertTokenizer", "do_lower_case": true}""");
        Assert.True(BertTokenizer.Load(folder.Path).Options.LowerCase);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"do_lower_case": "yes"}""", "do_lower_case", "\"yes\"")]
    [InlineData("tokenizer_config.json", """{"cls_token": 5}""", "cls_token", "5")]
    [InlineData("tokenizer_config.json", """{"never_split": "a"}""", "never_split", "\"a\"")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "RobertaTokenizer"}""", "tokenizer_class", "RobertaTokenizer")]
    [InlineData("tokenizer_config.json", """{"additional_special_tokens": ["<y>"]}""", "additional", "<y>")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"x": {"content": "<y>"}}}""", "added_tokens_decoder", "\"x\"")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"5": {}}}""", "added_tokens_decoder: 5", "content")]
    [InlineData("tokenizer_config.json", """{"mask_token": "\ud800"}""", "mask_token", "Unicode")]
    [InlineData("tokenizer_config.json", "[]", "object", "[]")]
    [InlineData("tokenizer_config.json", "{", "JSON", "JSON")]
    [InlineData("special_tokens_map.json", """{"unk_token": "<unk>"}""", "unk_token", "<unk>")]
    [InlineData("added_tokens.json", """{"<new>": -1}""", "<new>", "-1")]
    public void A_wrong_setting_is_refused_by_file_key_and_value(string file, string content, string key, string value)
    {
        Write("vocab.txt", SmallVocabulary.Special);
        Write(file, content);
        string message = Assert.Throws<UserErrorException>(() => BertTokenizer.Load(folder.Path)).Message;
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
        Assert.Contains(key, message, StringComparison.Ordinal);
        Assert.Contains(value, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        string message = Assert.Throws<UserErrorException>(() => BertTokenizer.Load(folder.Path)).Message;
        Assert.Contains("vocab.txt", message, StringComparison.Ordinal);
        message = Assert.Throws<UserErrorException>(() => BertTokenizer.Load(folder.File("absent"))).Message;
        Assert.Contains("absent", message, StringComparison.Ordinal);
    }

    private void Write(string name, string content) => File.WriteAllText(folder.File(name), content);
}
