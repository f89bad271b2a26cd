using System.Text.Encodings.Web;
using System.Text.Json;
using LoraCluster.Models;

namespace LoraCluster.Adapters;

/// <summary>
/// PEFT's <c>adapter_config.json</c>: the one place that knows its field names. A field that would change the numbers and is not supported
/// is refused by name; one that is unknown and set is refused too; one that is null, false or empty changes nothing.
/// </summary>
internal static class PeftConfigJson
{
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "inference_mode", "revision", "peft_version", "megatron_core", "qalora_group_size",
        "task_type", "runtime_config", "loftq_config", "eva_config", "corda_config", "lora_ga_config",
    };

    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the configuration. What is missing has PEFT's default.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="path">Names it in errors.</param>
    /// <param name="isAdapter">True for a stored adapter, which must say that it is LoRA; false for the wish for a new one, which
    /// always trains the head.</param>
    public static LoraConfig Parse(ReadOnlySpan<byte> utf8, string path, bool isAdapter)
    {
        JsonElement root;
        try
        {
            var reader = new Utf8JsonReader(utf8);
            root = JsonElement.ParseValue(ref reader);
            // Throws where anything follows.
            reader.Read();
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path} is not valid JSON: {e.Message}", e);
        }
        if (root.ValueKind != JsonValueKind.Object) throw new UserErrorException($"{path} is not a JSON object");

        if (root.TryGetProperty("peft_type", out JsonElement kind) && !(kind.ValueKind == JsonValueKind.String && kind.ValueEquals("LORA")))
            throw new UserErrorException($"{path}: peft_type is {kind.GetRawText()}; allowed is \"LORA\"");
        var faults = new List<string>();
        var config = new LoraConfig { Rank = 8, Alpha = 8, TrainsHead = !isAdapter || HasTask(root) };
        if (isAdapter && !root.TryGetProperty("peft_type", out _)) faults.Add("peft_type is missing; needed is \"LORA\"");
        foreach (JsonProperty field in root.EnumerateObject())
        {
            try { config = Apply(config, field.Name, field.Value, isAdapter, faults); }
            catch (Exception e) when (e is InvalidOperationException or FormatException)
            {
                faults.Add($"{field.Name} is {field.Value.GetRawText()}, which is not of its kind");
            }
        }
        faults.AddRange(config.Faults().Select(InFieldNames));
        if (faults.Count > 0) throw new UserErrorException(string.Join("\n", faults.Distinct().Select(f => $"{path}: {f}")));
        return config;
    }

    /// <summary>Writes the fields that every PEFT since 0.5 reads; a later one only where it says something that an older PEFT must not
    /// miss.</summary>
    public static byte[] Write(LoraConfig config, string baseModel, ModelTask? task)
    {
        var fields = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["alpha_pattern"] = Pattern(config.AlphaPattern),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = baseModel,
            ["bias"] = config.Bias switch { BiasTraining.All => "all", BiasTraining.LoraOnly => "lora_only", _ => "none" },
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = config.Initialization switch
            {
                AdapterInitialization.Gaussian => "gaussian",
                AdapterInitialization.Random => false,
                AdapterInitialization.Pissa => "pissa",
                AdapterInitialization.Olora => "olora",
                _ => true,
            },
            ["layers_pattern"] = config.LayersPattern.Count == 0 ? null : config.LayersPattern,
            ["layers_to_transform"] = config.LayersToTransform,
            ["lora_alpha"] = Number(config.Alpha),
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = config.ModulesToSave.Count == 0 ? null : config.ModulesToSave,
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = Pattern(config.RankPattern),
            ["revision"] = null,
            ["target_modules"] = Targets(config.TargetModules),
            ["task_type"] = task switch
            {
                ModelTask.CausalLm => "CAUSAL_LM",
                ModelTask.SequenceClassification when config.TrainsHead => "SEQ_CLS",
                _ => null,
            },
        };
        if (config.ExcludeModules is { } excluded) fields["exclude_modules"] = Targets(excluded);
        if (config.RankStabilized) fields["use_rslora"] = true;
        if (config.WeightDecomposed) fields["use_dora"] = true;
        return JsonSerializer.SerializeToUtf8Bytes(fields, Indented);
    }

    /// <summary>Without a classification task PEFT trains no head but what is named among the modules to save.</summary>
    private static bool HasTask(JsonElement root) => root.TryGetProperty("task_type", out JsonElement task)
        && task.ValueKind == JsonValueKind.String && task.GetString() is not ("" or "CAUSAL_LM");

    /// <summary>The library's faults name its own settings; here the file's fields are meant.</summary>
    private static string InFieldNames(string fault)
    {
        (string, string)[] names = [("rank is", "r is"), ("alpha is", "lora_alpha is"), ("dropout is", "lora_dropout is"),
            ("target-regex ", "target_modules "), ("target ", "target_modules ")];
        foreach ((string own, string field) in names)
            if (fault.StartsWith(own, StringComparison.Ordinal)) return field + fault[own.Length..];
        return fault;
    }

    private static object Number(double value) => value == Math.Floor(value) && Math.Abs(value) < int.MaxValue ? (int)value : value;

    private static Dictionary<string, object> Pattern(ModulePattern pattern) =>
        pattern.Entries.ToDictionary(e => e.Key, e => Number(e.Value), StringComparer.Ordinal);

    private static object Targets(TargetModules m) => m.IsAllLinear ? "all-linear" : m.Pattern is { } p ? p : m.Names;

    private static LoraConfig Apply(LoraConfig config, string name, JsonElement value, bool isAdapter, List<string> faults)
    {
        bool empty = IsEmpty(value);
        switch (name)
        {
            case "peft_type": return config;
            case "r": return config with { Rank = value.GetInt32() };
            case "lora_alpha": return config with { Alpha = value.GetDouble() };
            case "lora_dropout": return config with { Dropout = value.GetDouble() };
            case "target_modules":
                // Where none are named, PEFT too takes a family's projections to queries and values.
                if (value.ValueKind == JsonValueKind.Null) return config;
                if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(IsAllLinear))
                    faults.Add("target_modules has all-linear in a list, where it is the name of a module; allowed is the text alone");
                return config with { TargetModules = Modules(value) };
            case "exclude_modules": return empty ? config : config with { ExcludeModules = Modules(value) };
            case "modules_to_save": return empty ? config : config with { ModulesToSave = Texts(value) };
            case "layers_pattern": return empty ? config : config with { LayersPattern = Texts(value) };
            case "layers_to_transform":
                if (empty) return config;
                return config with { LayersToTransform = value.ValueKind == JsonValueKind.Number ? [value.GetInt32()]
                    : [.. value.EnumerateArray().Select(e => e.GetInt32())] };
            case "use_rslora": return config with { RankStabilized = Flag(value) };
            case "use_dora": return config with { WeightDecomposed = Flag(value) };
            case "rank_pattern": return empty ? config : config with { RankPattern = Pattern(value) };
            case "alpha_pattern": return empty ? config : config with { AlphaPattern = Pattern(value) };
            case "bias": return config with { Bias = BiasOf(value, faults) };
            case "task_type":
                if (value.ValueKind != JsonValueKind.Null && value.GetString() is not ("SEQ_CLS" or "CAUSAL_LM"))
                    faults.Add($"task_type is {value.GetRawText()}; allowed are \"SEQ_CLS\" and \"CAUSAL_LM\"");
                return config;
            case "init_lora_weights": return config with { Initialization = InitializationOf(value, isAdapter, faults) };
            default:
                if (!empty && !WithoutEffect.Contains(name)) faults.Add(
                    $"{name} is {value.GetRawText()}; allowed is that it is absent, null, false or empty");
                return config;
        }
    }

    private static bool Flag(JsonElement value) => value.ValueKind is not JsonValueKind.Null && value.GetBoolean();

    private static ModulePattern Pattern(JsonElement value) =>
        new(value.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetDouble())));

    private static BiasTraining BiasOf(JsonElement value, List<string> faults)
    {
        switch (value.ValueKind == JsonValueKind.Null ? "none" : value.GetString())
        {
            case "none": return BiasTraining.None;
            case "all": return BiasTraining.All;
            case "lora_only": return BiasTraining.LoraOnly;
            default:
                faults.Add($"bias is {value.GetRawText()}; allowed are \"none\", \"all\" and \"lora_only\"");
                return BiasTraining.None;
        }
    }

    private static AdapterInitialization InitializationOf(JsonElement value, bool isAdapter, List<string> faults)
    {
        if (value.ValueKind is JsonValueKind.False or JsonValueKind.Null) return AdapterInitialization.Random;
        if (value.ValueKind == JsonValueKind.True) return AdapterInitialization.KaimingUniform;
        switch (value.GetString()!.ToLowerInvariant())
        {
            case "gaussian": return AdapterInitialization.Gaussian;
            // These fill A and B alone, which a stored adapter brings.
            case "eva" or "orthogonal" when isAdapter: return AdapterInitialization.KaimingUniform;
            case "pissa" when !isAdapter: return AdapterInitialization.Pissa;
            case "olora" when !isAdapter: return AdapterInitialization.Olora;
        }
        faults.Add(isAdapter
            ? $"init_lora_weights is {value.GetRawText()}: its A and B belong to a base that PEFT changed at the start; allowed are true, "
                + "false, \"eva\", \"orthogonal\" and \"gaussian\" (PEFT converts others to that: save_pretrained with "
                + "path_initial_model_for_weight_conversion)"
            : $"init_lora_weights is {value.GetRawText()}; allowed are true, false, \"gaussian\", \"pissa\" and \"olora\"");
        return AdapterInitialization.KaimingUniform;
    }

    private static bool IsEmpty(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => e.GetString()!.Length == 0,
        JsonValueKind.Array => e.GetArrayLength() == 0,
        JsonValueKind.Object => !e.EnumerateObject().Any(),
        _ => false,
    };

    private static bool IsAllLinear(JsonElement e) => e.ValueKind == JsonValueKind.String && e.ValueEquals("all-linear");

    private static TargetModules Modules(JsonElement e) =>
        e.ValueKind == JsonValueKind.String ? TargetModules.Matching(e.GetString()!) : TargetModules.Named(Texts(e));

    private static string[] Texts(JsonElement e) =>
        e.ValueKind == JsonValueKind.String ? [e.GetString()!]
            : [.. e.EnumerateArray().Select(t => t.GetString() ?? throw new FormatException())];
}
