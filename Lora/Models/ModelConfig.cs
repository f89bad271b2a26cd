namespace LoraCluster.Models;

/// <summary>What a family of models does.</summary>
public enum ModelTask
{
    /// <summary>One of a few labels for a text.</summary>
    SequenceClassification,
    /// <summary>The next token of a text.</summary>
    CausalLm,
}

/// <summary>The shape of a transformer, whatever its family calls the fields.</summary>
public abstract record ModelConfig
{
    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }
    /// <summary>Rows of the word embedding.</summary>
    public required int VocabularySize { get; init; }
    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }
    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }
    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }
    /// <summary>Width of the feed-forward layers.</summary>
    public required int IntermediateSize { get; init; }
    /// <summary>The longest sequence.</summary>
    public required int Positions { get; init; }
    /// <summary>Activation of the feed-forward layers.</summary>
    public required Activation Activation { get; init; }
    /// <summary>Id of the padding token.</summary>
    public required int PadId { get; init; }
    /// <summary>Dropout of attention probabilities, in [0, 1).</summary>
    public required double AttentionDropout { get; init; }
    /// <summary>Dropout of embeddings and layer outputs, in [0, 1).</summary>
    public required double HiddenDropout { get; init; }
    /// <summary>Names of the labels, by label number; empty for a language model.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>True if config.json names the labels or their number, false if two were assumed.</summary>
    public bool LabelsGiven { get; init; }
}
