using System.Text.Json;
using LoraCluster.Tokenizers;

namespace LoraCluster.Tests.Unit.Tokenizers;

[Trait("Category", "Cases")]
public sealed class BertTokenizerCasesTests
{
    public static TheoryData<string> Folders => FieldCases.Folders("f01-");

    [Theory]
    [MemberData(nameof(Folders))]
    public void White_space_and_control_characters(string folder)
    {
        using JsonDocument expected = FieldCases.Expected(folder);
        JsonElement root = expected.RootElement;
        BertTokenizer tokenizer = BertTokenizer.FromVocabulary(FieldCases.Resolve(root.GetProperty("vocab").GetString()!),
            new BertTokenizerOptions { LowerCase = root.GetProperty("lower_case").GetBoolean() });
        foreach (JsonElement text in root.GetProperty("texts").EnumerateArray())
        {
            int[] ids = tokenizer.Encode(text.GetProperty("text").GetString()!, int.MaxValue);
            Assert.Equal(text.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!), ids.Select(tokenizer.TokenOf));
            Assert.Equal(text.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()), ids);
        }
    }
}
