using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>A folder of golden numbers: a model with its batch, and one variant below it.</summary>
internal static class Fixture
{
    private static readonly string[] Families = ["BertForSequenceClassification", "DistilBertForSequenceClassification",
        "RobertaForSequenceClassification"];

    /// <summary>Every (model, variant) that the fixtures folder holds, by listing it.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> All()
    {
        if (!Directory.Exists(SharedData.Fixtures)) return [new TheoryDataRow<string, string>("none", "none")];
        return from model in Directory.GetDirectories(SharedData.Fixtures).Order(StringComparer.Ordinal)
               where Directory.Exists(Path.Combine(model, "base"))
               from variant in Directory.GetDirectories(model).Order(StringComparer.Ordinal)
               let name = Path.GetFileName(variant)
               where name is "base" or "full_ft" || Directory.Exists(Path.Combine(variant, "adapter"))
               select new TheoryDataRow<string, string>(Path.GetFileName(model), name);
    }

    /// <summary>The folder of a model, or a visible skip: the data is absent, or its family is not built yet.</summary>
    public static string Require(string model, string variant)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Fixtures, model));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "base", "config.json")));
        string architecture = config.RootElement.GetProperty("architectures")[0].GetString()!;
        Assert.SkipUnless(Families.Contains(architecture), $"{architecture} is not built yet");
        return folder;
    }

    /// <summary>The adapter of a variant; where PEFT's file lacks trained tensors, with those from before it was saved.</summary>
    public static AdapterFolder Adapter(string variant)
    {
        AdapterFolder adapter = AdapterFolder.Read(Path.Combine(variant, "adapter"));
        string start = Path.Combine(variant, "trainable_start.safetensors");
        if (!File.Exists(start)) return adapter;
        using SafetensorsReader reader = SafetensorsReader.Open(start);
        Dictionary<string, float[]> values = Tensors(start);
        return new AdapterFolder(adapter.Config,
            reader.Tensors.ToDictionary(t => t.Name, t => (t.Shape, values[t.Name]), StringComparer.Ordinal), start);
    }

    public static TokenBatch Batch(string path, int padId)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        int[][] ids = json.RootElement.GetProperty("input_ids").Deserialize<int[][]>()!;
        int[][] mask = json.RootElement.TryGetProperty("attention_mask", out JsonElement m) ? m.Deserialize<int[][]>()!
            : [.. ids.Select(r => r.Select(_ => 1).ToArray())];
        int[] labels = json.RootElement.TryGetProperty("labels", out JsonElement l) ? l.Deserialize<int[]>()! : new int[ids.Length];
        int[][]? types = json.RootElement.TryGetProperty("token_type_ids", out JsonElement t) ? t.Deserialize<int[][]>() : null;
        return TokenBatch.Of([.. ids.Select((r, k) => r[..mask[k].Sum()])], labels, padId,
            types: types is null ? null : [.. types.Select((r, k) => r[..mask[k].Sum()])]);
    }

    public static Dictionary<string, float[]> Tensors(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        var tensors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (SafetensorInfo t in reader.Tensors)
        {
            tensors[t.Name] = new float[t.Shape.Aggregate(1L, (a, n) => a * n)];
            reader.ReadSingles(t.Name, tensors[t.Name]);
        }
        return tensors;
    }

    public static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    /// <summary>Fails unless both hold the same number of values, each within the tolerance; says the largest difference.</summary>
    public static double Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0;
        for (int i = 0; i < expected.Length; i++) largest =
            Math.Max(largest, double.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs((double)expected[i] - actual[i]));
        Assert.True(largest <= tolerance, FormattableString.Invariant($"{what}: largest difference {largest:g3}, allowed {tolerance:g3}"));
        return largest;
    }
}
