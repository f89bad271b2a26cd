namespace LoraCluster.Models;

/// <summary>
/// The one place that knows a family's names: modules by what they do, each a module path as Hugging Face spells it. Module paths with
/// <c>{0}</c> are per layer.
/// </summary>
public sealed record EncoderKeyMap
{
    /// <summary>Word embedding.</summary>
    public required string WordEmbeddings { get; init; }
    /// <summary>Learned positions.</summary>
    public required string PositionEmbeddings { get; init; }
    /// <summary>Token types; null: none.</summary>
    public required string? TokenTypeEmbeddings { get; init; }
    /// <summary>Norm of the embeddings.</summary>
    public required string EmbeddingsNorm { get; init; }
    /// <summary>Per layer: query projection.</summary>
    public required string Query { get; init; }
    /// <summary>Per layer: key projection.</summary>
    public required string Key { get; init; }
    /// <summary>Per layer: value projection.</summary>
    public required string Value { get; init; }
    /// <summary>Per layer: output projection of the attention.</summary>
    public required string AttentionOutput { get; init; }
    /// <summary>Per layer: norm after the attention.</summary>
    public required string AttentionNorm { get; init; }
    /// <summary>Per layer: first feed-forward projection.</summary>
    public required string Intermediate { get; init; }
    /// <summary>Per layer: second feed-forward projection.</summary>
    public required string Output { get; init; }
    /// <summary>Per layer: norm after the feed-forward layers.</summary>
    public required string OutputNorm { get; init; }
    /// <summary>Dense layer on [CLS] that belongs to the base model, with tanh (BERT's pooler); null: none.</summary>
    public required string? Pooler { get; init; }
    /// <summary>Dense layer on [CLS] that belongs to the head (DistilBERT's pre_classifier, RoBERTa's classifier.dense); null:
    /// none.</summary>
    public required string? PreClassifier { get; init; }
    /// <summary>Last linear layer of the head.</summary>
    public required string Classifier { get; init; }

    /// <summary>Modules without parameters.</summary>
    public required IReadOnlyList<string> Parameterless { get; init; }

    /// <summary>What a classifier of the shape is made of.</summary>
    /// <param name="c">Shape.</param>
    /// <param name="prefix">Name of the encoder inside the classifier.</param>
    public ModelLayout LayoutOf(EncoderConfig c, string prefix) => new()
    {
        Linears = [.. Linears(c)],
        Embeddings = [.. Embeddings(c)],
        Norms = [.. Norms(c)],
        Parameterless = ModelLayout.AtEach(c.Layers, Parameterless),
        HeadModules = PreClassifier is null ? [Classifier] : [PreClassifier, Classifier],
        BasePrefix = prefix,
        PaddingRows = [(WordEmbeddings, c.PadId), .. c.FirstPosition > 0 ? [(PositionEmbeddings, c.FirstPosition - 1)]
            : Array.Empty<(string, int)>()],
    };

    private IEnumerable<LinearModule> Linears(EncoderConfig c)
    {
        for (int i = 0; i < c.Layers; i++)
        {
            yield return new(ModelLayout.At(Query, i), c.HiddenSize, c.HiddenSize);
            yield return new(ModelLayout.At(Key, i), c.HiddenSize, c.HiddenSize);
            yield return new(ModelLayout.At(Value, i), c.HiddenSize, c.HiddenSize);
            yield return new(ModelLayout.At(AttentionOutput, i), c.HiddenSize, c.HiddenSize);
            yield return new(ModelLayout.At(Intermediate, i), c.IntermediateSize, c.HiddenSize);
            yield return new(ModelLayout.At(Output, i), c.HiddenSize, c.IntermediateSize);
        }
        if (Pooler is not null) yield return new(Pooler, c.HiddenSize, c.HiddenSize);
        if (PreClassifier is not null) yield return new(PreClassifier, c.HiddenSize, c.HiddenSize);
        yield return new(Classifier, c.Labels.Count, c.HiddenSize);
    }

    private IEnumerable<EmbeddingModule> Embeddings(EncoderConfig c)
    {
        yield return new(WordEmbeddings, c.VocabularySize, c.HiddenSize);
        yield return new(PositionEmbeddings, c.FirstPosition + c.Positions, c.HiddenSize);
        if (TokenTypeEmbeddings is not null) yield return new(TokenTypeEmbeddings, c.TokenTypes, c.HiddenSize);
    }

    private IEnumerable<NormModule> Norms(EncoderConfig c)
    {
        yield return new(EmbeddingsNorm, c.HiddenSize);
        for (int i = 0; i < c.Layers; i++)
        {
            yield return new(ModelLayout.At(AttentionNorm, i), c.HiddenSize);
            yield return new(ModelLayout.At(OutputNorm, i), c.HiddenSize);
        }
    }
}
