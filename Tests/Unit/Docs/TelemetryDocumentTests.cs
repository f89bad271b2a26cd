using System.Reflection;
using System.Text.RegularExpressions;
using LoraCluster.Grains;

namespace LoraCluster.Tests.Unit.Docs;

public sealed partial class TelemetryDocumentTests
{
    private readonly string _document = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot(), "docs", "telemetry.md"));

    [Fact]
    public void Every_name_is_described()
    {
        string[] names = [.. typeof(TelemetryNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => (string)f.GetRawConstantValue()!)];
        Assert.NotEmpty(names);
        Assert.All(names, n => Assert.Contains($"`{n}`", _document, StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_of_instruments_is_the_list()
    {
        string table = _document[_document.IndexOf("| instrument |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        Assert.Equal(TelemetryNames.Instruments.Order(), FirstCell().Matches(table).Select(m => m.Groups[1].Value).Order());
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FirstCell();
}
