using System.Reflection;
using LoraCluster.Grains;

namespace LoraCluster.Tests.Unit.Docs;

public sealed class TelemetryDocumentTests
{
    [Fact]
    public void Every_name_is_described()
    {
        string document = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot(), "docs", "telemetry.md"));
        string[] names = [.. typeof(TelemetryNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => (string)f.GetRawConstantValue()!)];
        Assert.NotEmpty(names);
        Assert.All(names, n => Assert.Contains($"`{n}`", document, StringComparison.Ordinal));
    }
}
