using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

[Trait("Category", "Fidelity")]
public sealed class BertTokenizerFixtureTests
{
    private static JsonDocument Fixture()
    {
        string path = SharedData.Require(Path.Combine(SharedData.Fixtures, "tokenizers", "bert-base-uncased.json"));
        return JsonDocument.Parse(File.ReadAllBytes(path));
    }

    private static BertTokenizer Tokenizer() =>
        BertTokenizer.FromVocabulary(SharedData.Require(Path.Combine(SharedData.Data, "bert-base-uncased", "vocab.txt")));

    [Fact]
    public void Each_text_has_the_ids_and_tokens_of_the_reference()
    {
        using JsonDocument fixture = Fixture();
        BertTokenizer tokenizer = Tokenizer();
        foreach (JsonElement text in fixture.RootElement.GetProperty("texts").EnumerateArray())
        {
            int[] ids = tokenizer.Encode(text.GetProperty("text").GetString()!, int.MaxValue);
            Assert.Equal(Ints(text.GetProperty("ids")), ids);
            if (text.TryGetProperty("tokens", out JsonElement tokens))
            {
                Assert.Equal(tokens.EnumerateArray().Select(t => t.GetString()!), ids.Select(tokenizer.TokenOf));
            }
        }
    }

    [Fact]
    public void Truncates_and_pads_a_batch_as_the_reference_does()
    {
        using JsonDocument fixture = Fixture();
        BertTokenizer tokenizer = Tokenizer();
        JsonElement batch = fixture.RootElement.GetProperty("padded_batch");
        int maxLength = batch.GetProperty("max_length").GetInt32(), row = 0;
        foreach (JsonElement text in batch.GetProperty("texts").EnumerateArray())
        {
            int[] ids = tokenizer.Encode(text.GetString()!, maxLength);
            int[] padded = new int[maxLength];
            Array.Fill(padded, tokenizer.PadId);
            ids.CopyTo(padded, 0);
            Assert.Equal(Ints(batch.GetProperty("input_ids")[row]), padded);
            Assert.Equal(Ints(batch.GetProperty("attention_mask")[row]), padded.Select((_, i) => i < ids.Length ? 1 : 0));
            row++;
        }
    }

    [Fact]
    public void Pairs_are_cut_longest_first()
    {
        using JsonDocument fixture = Fixture();
        BertTokenizer tokenizer = Tokenizer();
        foreach (JsonElement pair in fixture.RootElement.GetProperty("pairs").EnumerateArray())
        {
            (int[] ids, int[] typeIds) = tokenizer.EncodePair(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!,
                pair.GetProperty("max_length").GetInt32());
            Assert.Equal(Ints(pair.GetProperty("input_ids")), ids);
            Assert.Equal(Ints(pair.GetProperty("token_type_ids")), typeIds);
        }
    }

    [Fact]
    public void Decodes_as_the_reference_does()
    {
        using JsonDocument fixture = Fixture();
        BertTokenizer tokenizer = Tokenizer();
        foreach (JsonElement row in fixture.RootElement.GetProperty("decode").EnumerateArray())
        {
            Assert.Equal(row.GetProperty("text").GetString(), tokenizer.Decode(Ints(row.GetProperty("ids"))));
        }
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
