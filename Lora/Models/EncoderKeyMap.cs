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

    /// <summary>Linear modules with their widths, in the order of the model.</summary>
    public IEnumerable<(string Module, int Out, int In)> Linears(EncoderConfig c)
    {
        for (int i = 0; i < c.Layers; i++)
        {
            yield return (At(Query, i), c.HiddenSize, c.HiddenSize);
            yield return (At(Key, i), c.HiddenSize, c.HiddenSize);
            yield return (At(Value, i), c.HiddenSize, c.HiddenSize);
            yield return (At(AttentionOutput, i), c.HiddenSize, c.HiddenSize);
            yield return (At(Intermediate, i), c.IntermediateSize, c.HiddenSize);
            yield return (At(Output, i), c.HiddenSize, c.IntermediateSize);
        }
        if (Pooler is not null) yield return (Pooler, c.HiddenSize, c.HiddenSize);
        if (PreClassifier is not null) yield return (PreClassifier, c.HiddenSize, c.HiddenSize);
        yield return (Classifier, c.Labels.Count, c.HiddenSize);
    }

    /// <summary>Modules of the classification head: what a new task trains anew.</summary>
    public IEnumerable<string> HeadModules => PreClassifier is null ? [Classifier] : [PreClassifier, Classifier];

    /// <summary>Embedding modules with their shapes.</summary>
    public IEnumerable<(string Module, int Entries, int Width)> Embeddings(EncoderConfig c)
    {
        yield return (WordEmbeddings, c.VocabularySize, c.HiddenSize);
        yield return (PositionEmbeddings, c.FirstPosition + c.Positions, c.HiddenSize);
        if (TokenTypeEmbeddings is not null) yield return (TokenTypeEmbeddings, c.TokenTypes, c.HiddenSize);
    }

    /// <summary>Norm modules in the order of the model.</summary>
    public IEnumerable<string> Norms(EncoderConfig c)
    {
        yield return EmbeddingsNorm;
        for (int i = 0; i < c.Layers; i++)
        {
            yield return At(AttentionNorm, i);
            yield return At(OutputNorm, i);
        }
    }

    /// <summary>Every tensor with its shape: exactly what a checkpoint of the classifier holds.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors(EncoderConfig c)
    {
        foreach ((string module, int entries, int width) in Embeddings(c)) yield return (module + ".weight", [entries, width]);
        foreach (string norm in Norms(c))
        {
            yield return (norm + ".weight", [c.HiddenSize]);
            yield return (norm + ".bias", [c.HiddenSize]);
        }
        foreach ((string module, int rows, int columns) in Linears(c))
        {
            yield return (module + ".weight", [rows, columns]);
            yield return (module + ".bias", [rows]);
        }
    }

    /// <summary>A per-layer module path for one layer.</summary>
    public static string At(string path, int layer) =>
        path.Replace("{0}", layer.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
