using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class TokenizerFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_kind_is_found_by_its_files()
    {
        File.WriteAllBytes(folder.File("any.model"), new SmallSentencePiece().Pieces("▁", "a").ToBytes());
        Assert.Equal([1, 3, 4], TokenizerFolder.Load(folder.Path).Encode("a", 9));
        SmallByteLevel.Write(folder, "</s>", "<pad>");
        File.WriteAllText(folder.File("config.json"), """{"model_type": "opt"}""");
        ITextTokenizer opt = TokenizerFolder.Load(folder.Path);
        Assert.Equal(0, opt.Encode("a", 9)[0]);
        Assert.Equal(["config.json", "merges.txt", "vocab.json"], opt.Files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        File.WriteAllText(folder.File("vocab.txt"), SmallVocabulary.Special + "a\n");
        Assert.Equal([2, 5, 3], TokenizerFolder.Load(folder.Path).Encode("a", 9));
    }

    [Fact]
    public void A_word_piece_tokenizer_json_is_BERT_s()
    {
        File.WriteAllText(folder.File("tokenizer.json"), """
            {"pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4}}}
            """);
        Assert.IsType<BertTokenizer>(TokenizerFolder.Load(folder.Path));
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.File("tokenizer.json"));
        Assert.Equal([2, 4, 3], tokenizer.Encode("a", 9));
        Assert.Equal([4], tokenizer.EncodeText("a"));
        Assert.Equal((1, null, null), (tokenizer.UnknownId, tokenizer.BosId, tokenizer.EosId));
    }

    [Fact]
    public void A_file_is_a_tokenizer_too()
    {
        File.WriteAllBytes(folder.File("any.model"), new SmallSentencePiece().Pieces("▁", "a").ToBytes());
        SmallByteLevel.Write(folder);
        File.WriteAllText(folder.File("words.txt"), SmallVocabulary.Special + "a\n");
        Assert.Equal([1, 3, 4], TokenizerFolder.Load(folder.File("any.model")).Encode("a", 9));
        Assert.Equal(['a'], TokenizerFolder.Load(folder.File("vocab.json")).Encode("a", 9));
        Assert.Equal([2, 5, 3], TokenizerFolder.Load(folder.File("words.txt")).Encode("a", 9));
        File.WriteAllText(folder.File("a.bin"), "");
        Refused(folder.File("a.bin"), "a.bin", "vocab.txt");
    }

    [Fact]
    public void What_was_looked_for_is_named()
    {
        Refused(folder.File("absent"), "there is no folder", "absent");
        Refused(folder.Path, "vocab.txt", "tokenizer.json", "vocab.json", "merges.txt", "tokenizer.model");
        File.WriteAllText(folder.File("vocab.json"), "{}");
        Refused(folder.Path, "no merges.txt");
        File.Delete(folder.File("vocab.json"));
        File.WriteAllText(folder.File("merges.txt"), "");
        Refused(folder.Path, "no vocab.json");
        File.Delete(folder.File("merges.txt"));
        foreach (string name in new[] { "a.model", "b.model" }) File.WriteAllText(folder.File(name), "");
        Refused(folder.Path, "a.model, b.model");
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"tokenizer_class": "T5Tokenizer"}""");
        File.Delete(folder.File("b.model"));
        Refused(folder.Path, "tokenizer_config.json", "T5Tokenizer", "Llama");
    }

    private static void Refused(string path, params string[] named)
    {
        string message = Assert.Throws<UserErrorException>(() => TokenizerFolder.Load(path)).Message;
        Assert.All(named, name => Assert.Contains(name, message, StringComparison.Ordinal));
    }
}
