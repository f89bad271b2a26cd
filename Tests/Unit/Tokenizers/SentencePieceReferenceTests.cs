using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

/// <summary>Real models: two small ones with texts that Llamas wrote, and Llama 2's with ids of the reference.</summary>
[Trait("Category", "Fidelity")]
public sealed class SentencePieceReferenceTests
{
    [Theory]
    [InlineData("stories260K")]
    [InlineData("babyllama-tok105")]
    public void What_a_small_llama_wrote_is_read_and_encoded_again(string name)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Data, name));
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        int[] ids = [.. reference.RootElement.GetProperty("greedy_token_ids").EnumerateArray().Select(e => e.GetInt32())];
        string text = reference.RootElement.GetProperty("greedy_text").GetString()!;
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId));
        // The reference text keeps the dummy prefix, which both models take away; extra blanks at the end are not encoded.
        Assert.Equal(text.TrimStart(), tokenizer.Decode(ids));
        int[] again = tokenizer.Encode(text, int.MaxValue);
        Assert.Equal(ids[..again.Length], again);
        Assert.InRange(ids.Length - again.Length, 0, text.Length - text.TrimEnd().Length);
    }

    [Theory]
    [InlineData("  leading and   multiple   spaces  ", new[] { 1, 259, 8236, 322, 259, 2999, 259, 8162, 259 })]
    [InlineData("tab\tand\nnewline\r\n", new[] { 1, 4434, 12, 392, 13, 1482, 1220, 30004, 13 })]
    [InlineData("日本語のテキスト と English",
        new[] { 1, 29871, 30325, 30346, 30968, 30199, 30572, 30454, 30255, 30279, 29871, 30364, 4223 })]
    [InlineData("😀👍", new[] { 1, 29871, 243, 162, 155, 131, 243, 162, 148, 144 })]
    [InlineData("don't can't I'm", new[] { 1, 1016, 29915, 29873, 508, 29915, 29873, 306, 29915, 29885 })]
    [InlineData("İstanbul ıI", new[] { 1, 29871, 30243, 14411, 8645, 29871, 30130, 29902 })]
    [InlineData("", new[] { 1 })]
    public void Llama_2_has_the_ids_of_the_reference_and_reads_them_back(string text, int[] expected)
    {
        ITextTokenizer tokenizer = TokenizerFolder.Load(SharedData.Require(Path.Combine(SharedData.Data, "llama2-tokenizer")));
        Assert.Equal(expected, tokenizer.Encode(text, int.MaxValue));
        Assert.Equal(text, tokenizer.Decode(expected));
        Assert.Equal(32000, tokenizer.VocabularySize);
    }
}
