using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraCluster.Models;

namespace LoraCluster.Merging;

/// <summary>The config.json of a merged model: the base's bytes, or its fields with what merging changes.</summary>
internal static class MergedConfig
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The bytes, from those of the base.</summary>
    public static byte[] Of(byte[] baseConfig, MergePlan plan, ModelConfig before)
    {
        JsonObject json = JsonNode.Parse(baseConfig)!.AsObject();
        bool changed = false;
        if (plan.Unties)
        {
            json["tie_word_embeddings"] = false;
            changed = true;
        }
        if (json["architectures"] is not JsonArray { Count: 1 } named || named[0]?.GetValueKind() != JsonValueKind.String
            || (string?)named[0] != plan.Family.Architecture)
        {
            json["architectures"] = new JsonArray(plan.Family.Architecture);
            changed = true;
        }
        if (!before.Labels.SequenceEqual(plan.Config.Labels, StringComparer.Ordinal))
        {
            SetLabels(json, plan.Config.Labels);
            changed = true;
        }
        return changed ? JsonSerializer.SerializeToUtf8Bytes(json, Readable) : baseConfig;
    }

    private static void SetLabels(JsonObject json, IReadOnlyList<string> labels)
    {
        json.Remove("num_labels");
        json["id2label"] = new JsonObject(
            labels.Select((l, i) => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), (JsonNode?)l)));
        json["label2id"] = new JsonObject(labels.Select((l, i) => KeyValuePair.Create(l, (JsonNode?)i)));
    }
}
