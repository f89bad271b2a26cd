using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoraCluster.Adapters;

/// <summary>
/// PEFT's <c>adapter_config.json</c>: the one place that knows its field names. A field that would change the numbers and is not supported
/// is
/// refused by name; one that is unknown and set is refused too; one that is null, false or empty changes nothing.
/// </summary>
internal static class PeftConfigJson
{
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "inference_mode", "revision", "peft_version", "megatron_core", "qalora_group_size",
        "init_lora_weights", "task_type", "runtime_config", "loftq_config", "eva_config", "corda_config", "lora_ga_config",
    };

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the configuration; <paramref name="path"/> only names it in errors.</summary>
    public static LoraConfig Parse(ReadOnlySpan<byte> utf8, string path)
    {
        JsonElement root;
        try
        {
            var reader = new Utf8JsonReader(utf8);
            root = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path} is not valid JSON: {e.Message}", e);
        }
        if (root.ValueKind != JsonValueKind.Object) throw new UserErrorException($"{path} is not a JSON object");

        var faults = new List<string>();
        var config = new LoraConfig();
        foreach (JsonProperty field in root.EnumerateObject())
        {
            try { config = Apply(config, field.Name, field.Value, faults); }
            catch (Exception e) when (e is InvalidOperationException or FormatException)
            {
                faults.Add($"{field.Name} is {field.Value.GetRawText()}, which is not of its kind");
            }
        }
        if (!root.TryGetProperty("target_modules", out JsonElement t) || t.ValueKind == JsonValueKind.Null)
            faults.Add("target_modules is missing");
        else faults.AddRange(config.Faults());
        if (faults.Count > 0) throw new UserErrorException(string.Join("\n", faults.Distinct().Select(f => $"{path}: {f}")));
        return config;
    }

    /// <summary>Writes the fields that every PEFT since 0.5 reads; nothing that an older one would not know.</summary>
    public static byte[] Write(LoraConfig config, string baseModel) =>
        JsonSerializer.SerializeToUtf8Bytes(new SortedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["alpha_pattern"] = new Dictionary<string, double>(),
        ["auto_mapping"] = null,
        ["base_model_name_or_path"] = baseModel,
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = true,
        ["layers_pattern"] = config.LayersPattern.Count == 0 ? null : config.LayersPattern,
        ["layers_to_transform"] = config.LayersToTransform,
        ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) && config.Alpha < int.MaxValue ? (int)config.Alpha : config.Alpha,
        ["lora_dropout"] = config.Dropout,
        ["modules_to_save"] = config.ModulesToSave,
        ["peft_type"] = "LORA",
        ["r"] = config.Rank,
        ["rank_pattern"] = new Dictionary<string, int>(),
        ["revision"] = null,
        ["target_modules"] = Targets(config.TargetModules),
        ["task_type"] = "SEQ_CLS",
    }.Concat(config.ExcludeModules is null ? [] : [new KeyValuePair<string, object?>("exclude_modules", Targets(config.ExcludeModules))])
        .ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal), Indented);

    private static object Targets(TargetModules m) => m.IsAllLinear ? "all-linear" : m.Pattern is { } p ? p : m.Names;

    private static LoraConfig Apply(LoraConfig config, string name, JsonElement value, List<string> faults)
    {
        bool empty = IsEmpty(value);
        switch (name)
        {
            case "peft_type":
                if (value.GetString() != "LORA") faults.Add($"peft_type is {value.GetRawText()}; allowed is \"LORA\"");
                return config;
            case "r": return config with { Rank = value.GetInt32() };
            case "lora_alpha": return config with { Alpha = value.GetDouble() };
            case "lora_dropout": return config with { Dropout = value.GetDouble() };
            case "target_modules": return empty && value.ValueKind == JsonValueKind.Null ? config
                : config with { TargetModules = Modules(value) };
            case "exclude_modules": return empty ? config : config with { ExcludeModules = Modules(value) };
            case "modules_to_save": return empty ? config : config with { ModulesToSave = Texts(value) };
            case "layers_pattern": return empty ? config : config with { LayersPattern = Texts(value) };
            case "layers_to_transform":
                if (empty) return config;
                return config with { LayersToTransform = value.ValueKind == JsonValueKind.Number ? [value.GetInt32()]
                    : [.. value.EnumerateArray().Select(e => e.GetInt32())] };
            case "bias":
                if (value.GetString() != "none") faults.Add($"bias is {value.GetRawText()}; allowed is \"none\"");
                return config;
            case "task_type":
                if (!empty && value.GetString() != "SEQ_CLS") faults.Add($"task_type is {value.GetRawText()}; allowed is \"SEQ_CLS\"");
                return config;
            case "init_lora_weights":
                // What A and B start from is in the file; but these initialisations change the base model too.
                if (value.ValueKind == JsonValueKind.String && value.GetString() != "gaussian")
                {
                    faults.Add($"init_lora_weights is {value.GetRawText()}, which changes the base model; "
                        + "allowed are true, false and \"gaussian\"");
                }
                return config;
            default:
                if (!empty && !WithoutEffect.Contains(name)) faults.Add(
                    $"{name} is {value.GetRawText()}; allowed is that it is absent, null, false or empty");
                return config;
        }
    }

    private static bool IsEmpty(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => e.GetString()!.Length == 0,
        JsonValueKind.Array => e.GetArrayLength() == 0,
        JsonValueKind.Object => !e.EnumerateObject().Any(),
        _ => false,
    };

    private static TargetModules Modules(JsonElement e) =>
        e.ValueKind == JsonValueKind.String ? TargetModules.Matching(e.GetString()!) : TargetModules.Named(Texts(e));

    private static string[] Texts(JsonElement e) =>
        e.ValueKind == JsonValueKind.String ? [e.GetString()!]
            : [.. e.EnumerateArray().Select(t => t.GetString() ?? throw new FormatException())];
}
