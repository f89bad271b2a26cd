using LoraCluster.Models.Decoders;

namespace LoraCluster.Models.Llama;

/// <summary>The shape of a Llama model.</summary>
public sealed record LlamaConfig : DecoderConfig
{
    /// <summary>Epsilon of the norms.</summary>
    public required double NormEps { get; init; }
    /// <summary>Rotary positions.</summary>
    public required RopeConfig Rope { get; init; }
    /// <summary>True if the projections to queries, keys and values have biases.</summary>
    public required bool HasInputBiases { get; init; }
    /// <summary>True if the attention's output projection has a bias.</summary>
    public required bool HasOutputBias { get; init; }
    /// <summary>True if the feed-forward layers have biases.</summary>
    public required bool HasFeedForwardBiases { get; init; }
}
