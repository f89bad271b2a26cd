using System.Globalization;
using System.Text.Json;
using LoraCluster.Data;

namespace LoraCluster.Tests.Unit.Data;

[Trait("Category", "Cases")]
public sealed class GlueTsvCasesTests
{
    public static TheoryData<string> Folders => FieldCases.Folders("f24-");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Reads_rows_as_they_stand(string folder)
    {
        using JsonDocument expected = FieldCases.Expected(folder);
        JsonElement accept = expected.RootElement.GetProperty("accept");
        (string, int)[] rows = [.. accept.GetProperty("rows").EnumerateArray()
            .Select(row => (row.GetProperty("sentence").GetString()!.Trim(' '), row.GetProperty("label").GetInt32()))];
        foreach (JsonElement name in accept.GetProperty("folders").EnumerateArray())
        {
            TextDataset dataset = TextDataset.Load(Path.Combine(folder, name.GetString()!), "train");
            Assert.Equal(rows, dataset.Examples.Select(example => (example.Text, example.Label)));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Refuses_naming_file_and_line(string folder)
    {
        using JsonDocument expected = FieldCases.Expected(folder);
        foreach (JsonElement refuse in expected.RootElement.GetProperty("refuse_naming_file_and_line").EnumerateArray())
        {
            string part = Path.Combine(folder, refuse.GetProperty("folder").GetString()!);
            var error = Assert.Throws<UserErrorException>(() => TextDataset.Load(part, "train"));
            string line = refuse.GetProperty("line").GetInt32().ToString(CultureInfo.InvariantCulture);
            Assert.StartsWith($"{Path.Combine(part, "train.tsv")}, line {line}: ", error.Message, StringComparison.Ordinal);
        }
    }
}
