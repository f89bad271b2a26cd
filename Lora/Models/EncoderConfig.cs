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
public sealed record EncoderConfig : ModelConfig
{
    /// <summary>Row of the position embedding that belongs to the first token; the rows before it belong to no token. Default 0.</summary>
    public int FirstPosition { get; init; }
    /// <summary>Rows of the token type embedding; 0: the family has none.</summary>
    public required int TokenTypes { get; init; }
    /// <summary>Epsilon of the layer norms.</summary>
    public required double LayerNormEps { get; init; }
    /// <summary>Dropout before the last linear layer of the head, in [0, 1).</summary>
    public required double HeadDropout { get; init; }
    /// <summary>What the head reads: the first token, or the mean over the tokens of a row (<c>classifier_pooling</c>).</summary>
    public Pooling Pooling { get; init; }

    /// <summary>What a training is to make of the labels, where config.json says it (<c>problem_type</c>); null: one of
    /// them.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Width of one attention head; <see cref="ModelConfig.Heads"/> divides <see cref="ModelConfig.HiddenSize"/>.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>This shape, or a fault where the heads do not divide the hidden size.</summary>
    internal EncoderConfig Checked(ConfigReader reader)
    {
        if (HiddenSize % Heads != 0) reader.Fault($"the hidden size {HiddenSize} is not a multiple of the {Heads} attention heads");
        return this;
    }
}
