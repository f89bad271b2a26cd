namespace LoraCluster.Models.Decoders;

/// <summary>The one place that knows a decoder family's names of what all decoders have. Module paths with <c>{0}</c> are per
/// layer.</summary>
public sealed record DecoderKeyMap
{
    /// <summary>Word embedding.</summary>
    public required string WordEmbeddings { get; init; }
    /// <summary>Per layer: query projection.</summary>
    public required string Query { get; init; }
    /// <summary>Per layer: key projection.</summary>
    public required string Key { get; init; }
    /// <summary>Per layer: value projection.</summary>
    public required string Value { get; init; }
    /// <summary>Per layer: output projection of the attention.</summary>
    public required string AttentionOutput { get; init; }
    /// <summary>Per layer: norm of the attention.</summary>
    public required string AttentionNorm { get; init; }
    /// <summary>Per layer: norm of the feed-forward layers.</summary>
    public required string FeedForwardNorm { get; init; }
    /// <summary>Norm after the last layer.</summary>
    public required string FinalNorm { get; init; }
    /// <summary>Layer over the vocabulary.</summary>
    public required string OutputHead { get; init; }
}
