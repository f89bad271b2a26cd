using System.Text.Json;

namespace LoraCluster.Client.Training;

/// <summary>The text of a PEFT <c>adapter_config.json</c>, after a first look: the silos read the fields, here an obvious mistake is told early.</summary>
internal static class AdapterConfigText
{
    private const int LargestBytes = 1 << 20;

    public static string? Read(string file, OptionParser parser)
    {
        if (new FileInfo(file).Length > LargestBytes)
        {
            parser.Refuse($"adapter-config is '{file}' of more than 1 MiB; allowed is a PEFT adapter_config.json");
            return null;
        }
        string text = File.ReadAllText(file);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object) parser.Refuse($"adapter-config is '{file}', which holds no JSON object");
            else if (!json.RootElement.TryGetProperty("peft_type", out JsonElement type) || type.ValueKind != JsonValueKind.String)
                parser.Refuse($"adapter-config is '{file}', which has no peft_type; allowed is a PEFT adapter_config.json with peft_type LORA");
            else if (type.GetString() != "LORA") parser.Refuse($"adapter-config is '{file}' with peft_type {type.GetString()}; allowed is LORA");
        }
        catch (JsonException e)
        {
            parser.Refuse($"adapter-config is '{file}', which is not JSON: {e.Message}");
        }
        return text;
    }
}
