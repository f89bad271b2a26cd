using System.Buffers.Binary;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

public sealed class SentencePieceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Each row: dummy prefix, removal of extra blanks, the text and its pieces without the begin token.</summary>
    [Theory]
    [InlineData(1, 1, "a b", "▁ a ▁ b")]
    [InlineData(1, 1, "  a   b  ", "▁ a ▁ b")]
    [InlineData(1, 0, "  a   b  ", "▁ ▁ ▁ a ▁ ▁ ▁ b ▁ ▁")]
    [InlineData(0, 1, "  a   b  ", "a ▁ b")]
    [InlineData(0, 0, "  a b ", "▁ ▁ a ▁ b ▁")]
    [InlineData(1, 1, "   ", "")]
    [InlineData(1, 0, "   ", "▁ ▁ ▁ ▁")]
    [InlineData(1, 1, "", "")]
    [InlineData(1, 0, "", "")]
    [InlineData(1, 1, "a ▁", "▁ a")]
    public void The_model_decides_about_blanks(int dummyPrefix, int removeExtra, string text, string expected) => Assert.Equal(
        expected, Pieces(text, new SmallSentencePiece().Pieces("▁", "a", "b").Normalizer(3, dummyPrefix).Normalizer(4, removeExtra)));

    [Fact]
    public void What_the_file_leaves_out_has_the_format_s_default() =>
        Assert.Equal("▁ a ▁ b", Pieces("  a   b ", new SmallSentencePiece().Pieces("▁", "a", "b")));

    [Fact]
    public void Blanks_may_be_suffixes_or_stay_spaces()
    {
        Assert.Equal("a▁ b▁", Pieces("a b", new SmallSentencePiece().Pieces("a▁", "b▁", "a", "b", "▁").Trainer(24, 1)));
        Assert.Equal("  a", Pieces("a", new SmallSentencePiece().Pieces(" ", "a").Normalizer(5, 0)));
    }

    [Theory]
    [InlineData("abc", "ab c")]
    [InlineData("bcb", "bc b")]
    [InlineData("aaaa", "aa aa")]
    [InlineData("aaa", "aa a")]
    [InlineData("xyz", "xyz")]
    public void The_best_score_is_merged_first_and_of_equals_the_leftmost(string text, string expected) => Assert.Equal(expected,
        Pieces(text, new SmallSentencePiece().Pieces("ab", "bc", "aa", "xy", "xyz", "a", "b", "c").Normalizer(3, 0)));

    [Fact]
    public void A_pieces_of_users_is_never_merged_and_an_unused_one_is_taken_apart_again()
    {
        SmallSentencePiece model = new SmallSentencePiece().Normalizer(3, 0).Piece("ab", kind: 4)
            .Pieces("bc", "abc", "cd", "a", "b", "c", "d").Piece("de", kind: 5).Pieces("e", "def");
        Assert.Equal("ab cd", Pieces("abcd", model));
        Assert.Equal("d e", Pieces("de", model));
        Assert.Equal("def", Pieces("def", model));
    }

    [Fact]
    public void What_has_no_piece_is_bytes_or_one_unknown_piece_for_a_run()
    {
        Assert.Equal("a <unk> a <unk>", Pieces("aéêaé", new SmallSentencePiece().Pieces("a").Normalizer(3, 0)));
        SmallSentencePiece bytes = new SmallSentencePiece().AllBytes().Pieces("a").Normalizer(3, 0);
        Assert.Equal("a <0xC3> <0xA9> <0xF0> <0x9F> <0x98> <0x80>", Pieces("aé😀", bytes));
        Assert.Equal("<0xEF> <0xBF> <0xBD>", Pieces("\uD83D", bytes));
    }

    [Fact]
    public void Decoding_puts_bytes_together_and_takes_the_dummy_prefix_away()
    {
        BpeTokenizer tokenizer = Write(new SmallSentencePiece().AllBytes().Pieces("▁", "a").Normalizer(4, 0));
        foreach (string text in new[] { "aé 😀 a", "  a ", " ", "é", "" })
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, 99)));
        }
        int[] cut = tokenizer.EncodeText("a😀")[..^1];
        Assert.Equal("a\uFFFD\uFFFD\uFFFD", tokenizer.Decode(cut));
        Assert.Equal("<s>  a</s>", tokenizer.Decode([1, .. tokenizer.EncodeText(" a"), 2], skipSpecialTokens: false));
        Assert.Equal("a", Write(new SmallSentencePiece().Pieces("▁", "a")).Decode([1, 3, 3, 4, 2]));
    }

    [Fact]
    public void Special_pieces_in_the_text_are_themselves_and_only_the_text_s_beginning_has_the_prefix()
    {
        SmallSentencePiece model = new SmallSentencePiece().Pieces("▁", "a");
        Assert.Equal("▁ a <s> ▁ a </s> a <unk>", Pieces("a<s> a</s>a<unk>", model));
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"legacy": true, "tokenizer_class": "LlamaTokenizer"}""");
        Assert.Equal("▁ a <s> ▁ a </s> ▁ a <unk>", Folder(model, "a<s> a</s>a<unk>"));
    }

    [Fact]
    public void The_tokenizer_configuration_says_what_goes_around_a_text()
    {
        SmallSentencePiece model = new SmallSentencePiece().Pieces("▁", "a");
        File.WriteAllText(folder.File("tokenizer_config.json"),
            """{"add_bos_token": false, "add_eos_token": true, "add_prefix_space": false, "pad_token": "<unk>"}""");
        Folder(model, "");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([4, 2], tokenizer.Encode("a", 9));
        Assert.Equal((0, 1, 2), (tokenizer.PadId, tokenizer.BosId, tokenizer.EosId));
    }

    /// <summary>The map: "ﬁ" becomes "fi" and a tab becomes a space.</summary>
    [Fact]
    public void Characters_are_replaced_by_the_model_s_map()
    {
        SmallSentencePiece model = new SmallSentencePiece().Pieces("▁", "a", "f", "i").CharacterMap(SmallMap());
        Assert.Equal("▁ f i ▁ a", Pieces("\tﬁ\t\ta ", model));
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        Refused([], "no pieces");
        Refused("hello"u8.ToArray(), "SentencePiece");
        byte[] whole = new SmallSentencePiece().Pieces("a").ToBytes();
        for (int length = 1; length < whole.Length - 1; length++) RefusedOrRead(whole[..length]);
        Refused(new SmallSentencePiece().Pieces("a").Trainer(3, 1).ToBytes(), "type unigram; allowed is BPE");
        Refused(new SmallSentencePiece().Pieces("a", "a").ToBytes(), "\"a\" stands there twice");
        Refused(new SmallSentencePiece().Pieces("a").Trainer(35, 1).ToBytes(), "<0x00>");
        Refused(new SmallSentencePiece().Pieces("a").CharacterMap([8, 0, 0, 0, 1]).ToBytes(), "character map");
    }

    private void Refused(byte[] file, string named)
    {
        File.WriteAllBytes(folder.File("t.model"), file);
        string message = Assert.Throws<UserErrorException>(() => BpeTokenizer.FromSentencePiece(folder.File("t.model"))).Message;
        Assert.Contains(folder.File("t.model"), message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    /// <summary>A cut between two fields leaves a valid message; any other cut is refused.</summary>
    private void RefusedOrRead(byte[] file)
    {
        File.WriteAllBytes(folder.File("t.model"), file);
        Exception? fault = Record.Exception(() => BpeTokenizer.FromSentencePiece(folder.File("t.model")));
        Assert.True(fault is null or UserErrorException, fault?.ToString());
    }

    /// <summary>
    /// A double-array trie by hand. A unit holds its label in the low byte, bit 8 "a value follows", and the offset (an exclusive or)
    /// from bit 10 on; a value's unit has the top bit.
    /// </summary>
    private static byte[] SmallMap()
    {
        static uint Unit(int offset, byte label, bool leaf = false) => (uint)offset << 10 | (leaf ? 0x100u : 0) | label;
        uint[] units = new uint[1024];
        // Nodes begin at 256, 512 and 768 so that no two paths meet; the root's children at 256.
        units[0] = Unit(256, 0);
        units[256 ^ 0x09] = Unit((256 ^ 0x09) ^ 300, 0x09, leaf: true);
        units[300] = 0x8000_0000 | 3;
        units[256 ^ 0xEF] = Unit((256 ^ 0xEF) ^ 512, 0xEF);
        units[512 ^ 0xAC] = Unit((512 ^ 0xAC) ^ 768, 0xAC);
        units[768 ^ 0x81] = Unit((768 ^ 0x81) ^ 301, 0x81, leaf: true);
        units[301] = 0x8000_0000;
        byte[] map = new byte[4 + 4 * units.Length + 5];
        BinaryPrimitives.WriteInt32LittleEndian(map, 4 * units.Length);
        foreach ((int i, uint unit) in units.Index()) BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(4 + 4 * i), unit);
        "fi\0 \0"u8.CopyTo(map.AsSpan(4 + 4 * units.Length));
        return map;
    }

    private string Pieces(string text, SmallSentencePiece model) => Joined(Write(model), text);

    private string Folder(SmallSentencePiece model, string text)
    {
        File.WriteAllBytes(folder.File("tokenizer.model"), model.ToBytes());
        return Joined(TokenizerFolder.Load(folder.Path), text);
    }

    private static string Joined(ITextTokenizer tokenizer, string text) =>
        string.Join(' ', tokenizer.EncodeText(text).Select(tokenizer.TokenOf));

    private BpeTokenizer Write(SmallSentencePiece model)
    {
        string path = folder.File("small.model");
        File.WriteAllBytes(path, model.ToBytes());
        return BpeTokenizer.FromSentencePiece(path);
    }
}
