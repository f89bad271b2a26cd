namespace LoraCluster.Models;

/// <summary>What a classification head reads of the last hidden states.</summary>
public enum Pooling
{
    /// <summary>The first token, [CLS].</summary>
    First,
    /// <summary>The mean over the tokens of a row, padding left out.</summary>
    Mean,
}

/// <summary>The shape of a BERT-like encoder with a classification head, whatever its family calls the fields.</summary>
public sealed record EncoderConfig
{
    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }
    /// <summary>Rows of the word embedding.</summary>
    public required int VocabularySize { get; init; }
    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }
    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }
    /// <summary>Attention heads; divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }
    /// <summary>Width of the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }
    /// <summary>The longest sequence.</summary>
    public required int Positions { get; init; }
    /// <summary>Row of the position embedding that belongs to the first token; the rows before it belong to no token. Default 0.</summary>
    public int FirstPosition { get; init; }
    /// <summary>Rows of the token type embedding; 0: the family has none.</summary>
    public required int TokenTypes { get; init; }
    /// <summary>Epsilon of the layer norms.</summary>
    public required double LayerNormEps { get; init; }
    /// <summary>Activation of the feed-forward layers.</summary>
    public required Activation Activation { get; init; }
    /// <summary>Id of the padding token; its embedding takes no gradient.</summary>
    public required int PadId { get; init; }
    /// <summary>Dropout of embeddings and layer outputs, in [0, 1).</summary>
    public required double HiddenDropout { get; init; }
    /// <summary>Dropout of attention probabilities, in [0, 1).</summary>
    public required double AttentionDropout { get; init; }
    /// <summary>Dropout before the last linear layer of the head, in [0, 1).</summary>
    public required double HeadDropout { get; init; }
    /// <summary>What the head reads: the first token, or the mean over the tokens of a row (<c>classifier_pooling</c>).</summary>
    public Pooling Pooling { get; init; }
    /// <summary>Names of the labels, by label number.</summary>
    public required IReadOnlyList<string> Labels { get; init; }
    /// <summary>True if config.json names the labels or their number, false if two were assumed.</summary>
    public required bool LabelsGiven { get; init; }

    /// <summary>Width of one attention head.</summary>
    public int HeadSize => HiddenSize / Heads;
}
