using LoraCluster.Models.Decoders;

namespace LoraCluster.Models.Opt;

/// <summary>The shape of an OPT model.</summary>
public sealed record OptConfig : DecoderConfig
{
    /// <summary>Width of the word embedding; where it is not the hidden size, projections lead in and out.</summary>
    public required int EmbeddingSize { get; init; }
    /// <summary>True: norms before attention and feed-forward layers; false: after the residual sums (OPT-350m).</summary>
    public required bool NormsBefore { get; init; }
    /// <summary>True if a norm follows the last layer.</summary>
    public required bool HasFinalNorm { get; init; }
    /// <summary>True if the linear layers have biases.</summary>
    public required bool HasBiases { get; init; }
    /// <summary>True if norms have weight and bias.</summary>
    public required bool NormsHaveWeights { get; init; }

    /// <summary>True if projections lead from the embedding's width to the hidden size and back.</summary>
    public bool Projects => EmbeddingSize != HiddenSize;
}
