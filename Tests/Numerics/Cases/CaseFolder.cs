using System.Text.Json;

namespace LoraCluster.Tests.Numerics.Cases;

/// <summary>Finds the cases of a kind by listing the cases folder, so that more of the same kind need no code.</summary>
internal static class CaseFolder
{
    /// <summary>Names of the case folders whose name starts with the kind (as <c>f11</c>).</summary>
    public static IEnumerable<TheoryDataRow<string>> Of(string kind)
    {
        if (!Directory.Exists(SharedData.Cases)) return [new TheoryDataRow<string>(kind)];
        string[] found = Directory.GetDirectories(SharedData.Cases, kind + "*");
        return found.Length == 0 ? [new TheoryDataRow<string>(kind)]
            : found.Order(StringComparer.Ordinal).Select(f => new TheoryDataRow<string>(Path.GetFileName(f)));
    }

    public static (string Folder, JsonElement Expected) Open(string name)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Cases, name));
        return (folder, JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement);
    }

    public static float[] Flat(this JsonElement rows) => [.. rows.Deserialize<float[][]>()!.SelectMany(r => r)];
}
