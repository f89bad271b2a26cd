using System.Text.Json.Nodes;
using LoraCluster.Models.Llama;

namespace LoraCluster.Models.Qwen2;

/// <summary>
/// Qwen2 and Qwen2.5 (Yang et al. 2024) as Qwen2ForCausalLM: Llama's layers and names, with biases on the projections to queries, keys and
/// values. Its sliding window, which published models leave off, is not supported.
/// </summary>
public sealed class Qwen2Family : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "qwen2";

    /// <inheritdoc/>
    public override string Architecture => "Qwen2ForCausalLM";

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config)
    {
        JsonObject json = base.WriteConfig(config);
        json.Remove("attention_bias");
        json.Remove("mlp_bias");
        json["use_sliding_window"] = false;
        return json;
    }

    internal override ModelConfig ReadConfig(ConfigReader reader)
    {
        if (reader.Flag("use_sliding_window", false)) reader.Fault("use_sliding_window is true; allowed is false");
        var config = (LlamaConfig)ReadConfig(reader, 151_936);
        return config with
        {
            IntermediateSize = reader.Int("intermediate_size", 22_016),
            Positions = reader.Int("max_position_embeddings", 32_768),
            HasInputBiases = true,
            HasOutputBias = false,
            HasFeedForwardBiases = false,
            HasPadding = reader.Has("pad_token_id"),
            BosId = reader.Has("bos_token_id") ? config.BosId : null,
            EosIds = reader.Has("eos_token_id") ? config.EosIds : [],
        };
    }
}
