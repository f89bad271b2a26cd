using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

/// <summary>Against ids of the reference, on OPT's real vocabulary.</summary>
public sealed class ByteLevelFixtureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Cases => FieldCases.Folders("f06-");

    private static string Opt => SharedData.Require(Path.Combine(SharedData.Data, "opt-125m"));

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Category", "Fidelity")]
    public void Opt_has_the_ids_and_texts_of_the_reference()
    {
        string path = SharedData.Require(Path.Combine(SharedData.Fixtures, "tokenizers", "opt-125m.json"));
        using JsonDocument fixture = JsonDocument.Parse(File.ReadAllBytes(path));
        ITextTokenizer tokenizer = TokenizerFolder.Load(Opt);
        foreach (JsonElement text in fixture.RootElement.GetProperty("texts").EnumerateArray())
        {
            int[] expected = Ints(text.GetProperty("ids"));
            Assert.Equal(expected, tokenizer.Encode(text.GetProperty("text").GetString()!, int.MaxValue));
            Assert.Equal(expected[1..], tokenizer.EncodeText(text.GetProperty("text").GetString()!));
        }
        foreach (JsonElement row in fixture.RootElement.GetProperty("decode").EnumerateArray())
        {
            Assert.Equal(row.GetProperty("text").GetString(), tokenizer.Decode(Ints(row.GetProperty("ids"))));
        }
        Assert.Equal((1, 2, 2, 50265), (tokenizer.PadId, tokenizer.BosId, tokenizer.EosId, tokenizer.VocabularySize));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Cases")]
    public void Blanks_line_ends_and_apostrophes(string caseFolder)
    {
        using JsonDocument expected = FieldCases.Expected(caseFolder);
        JsonElement root = expected.RootElement;
        BpeTokenizer tokenizer = BpeTokenizer.FromFiles(
            FieldCases.Resolve(root.GetProperty("vocab").GetString()!), FieldCases.Resolve(root.GetProperty("merges").GetString()!));
        foreach (JsonElement text in root.GetProperty("texts").EnumerateArray())
        {
            int[] ids = Ints(text.GetProperty("ids"));
            Assert.Equal(ids, tokenizer.EncodeText(text.GetProperty("text").GetString()!));
            Assert.Equal(text.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }
    }

    /// <summary>The ids are those of the reference's RobertaProcessing over the same vocabulary.</summary>
    [Theory]
    [InlineData("don't can't I'm we'll they've", new[] { 0, 7254, 75, 64, 75, 38, 437, 52, 581, 51, 348, 2 })]
    [InlineData("İstanbul ıI", new[] { 0, 649, 7487, 46770, 1437, 10031, 100, 2 })]
    [InlineData("a <mask> b<mask>c", new[] { 0, 102, 50264, 741, 50264, 438, 2 })]
    [InlineData("<s>hi</s> there <unk> x", new[] { 0, 0, 3592, 2, 89, 1437, 3, 3023, 2 })]
    [InlineData("", new[] { 0, 2 })]
    public void Roberta_stands_between_its_own_tokens(string text, int[] expected)
    {
        Assert.Equal(expected, Roberta().Encode(text, int.MaxValue));
    }

    [Fact]
    public void Roberta_has_two_separators_between_two_texts_and_cuts_the_longer_one()
    {
        const string review = "it 's an offbeat treat that pokes fun at the democratic exercise while also examining its significance";
        ITextTokenizer tokenizer = Roberta();
        (int[] ids, int[] typeIds) = tokenizer.EncodePair("Hello, World!", review, 20);
        Assert.Equal([0, 31414, 6, 623, 328, 2, 2, 405, 128, 29, 41, 160, 13825, 3951, 14, 181, 6568, 1531, 23, 2], ids);
        Assert.All(typeIds, type => Assert.Equal(0, type));
        Assert.Equal([0, 31414, 6, 623, 2], tokenizer.Encode("Hello, World!", 5));
    }

    private ITextTokenizer Roberta()
    {
        foreach (string name in new[] { "vocab.json", "merges.txt" }) File.Copy(Path.Combine(Opt, name), folder.File(name));
        File.WriteAllText(folder.File("config.json"), """{"model_type": "roberta"}""");
        return TokenizerFolder.Load(folder.Path);
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
