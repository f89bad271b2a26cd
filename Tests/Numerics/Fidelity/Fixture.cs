using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Safetensors;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>A folder of golden numbers: a model with its batch, and one variant below it.</summary>
internal static class Fixture
{
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

    /// <summary>The folder of a model, or a visible skip where the data is absent.</summary>
    public static string Require(string model) => SharedData.Require(Path.Combine(SharedData.Fixtures, model));

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

    /// <summary>The batch of a model's folder.</summary>
    public static TokenBatch Batch(string path, BaseModel model)
    {
        if (model.Family.Task == ModelTask.CausalLm) return LanguageBatch(path, model.Config.PadId);
        int padId = model.Config.PadId;
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        int[][] ids = json.RootElement.GetProperty("input_ids").Deserialize<int[][]>()!;
        int[][] mask = json.RootElement.TryGetProperty("attention_mask", out JsonElement m) ? m.Deserialize<int[][]>()!
            : [.. ids.Select(r => r.Select(_ => 1).ToArray())];
        int[] labels = json.RootElement.TryGetProperty("labels", out JsonElement l) ? l.Deserialize<int[]>()! : new int[ids.Length];
        int[][]? types = json.RootElement.TryGetProperty("token_type_ids", out JsonElement t) ? t.Deserialize<int[][]>() : null;
        return TokenBatch.Of([.. ids.Select((r, k) => r[..mask[k].Sum()])], labels, padId, TestDevice.Current,
            types: types is null ? null : [.. types.Select((r, k) => r[..mask[k].Sum()])]);
    }

    /// <summary>Rows without their padding; labels of -100 are no targets.</summary>
    private static TokenBatch LanguageBatch(string path, int padId)
    {
        JsonElement json = Json(path);
        int[][] Rows(string name) => json.GetProperty(name).Deserialize<int[][]>()!;
        int[][] ids = Rows("input_ids"), labels = Rows("labels");
        int[] lengths = json.TryGetProperty("attention_mask", out _) ? [.. Rows("attention_mask").Select(r => r.Sum())]
            : [.. ids.Select(r => r.Length)];
        for (int k = 0; k < ids.Length; k++)
            for (int t = 0; t < lengths[k]; t++) Assert.True(labels[k][t] == -100 || labels[k][t] == ids[k][t]);
        return TokenBatch.ForLanguageModel([.. ids.Select((r, k) => r[..lengths[k]])], padId, TestDevice.Current,
            (k, t) => labels[k][t] == -100);
    }

    /// <summary>Fails unless the logits agree wherever a row has a token: what stands at its padding means nothing.</summary>
    public static double NearAtTokens(float[] expected, float[] actual, string batchPath, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        return Near(AtTokens(expected, batchPath), AtTokens(actual, batchPath), tolerance, what);
    }

    /// <summary>The logits where a row has a token.</summary>
    public static float[] AtTokens(float[] logits, string batchPath)
    {
        int[][] mask = Json(batchPath).GetProperty("attention_mask").Deserialize<int[][]>()!;
        bool[] token = [.. mask.SelectMany(r => r).Select(m => m == 1)];
        return [.. logits.Chunk(logits.Length / token.Length).Where((_, i) => token[i]).SelectMany(v => v)];
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
