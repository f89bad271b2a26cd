using System.Text.Json.Nodes;

namespace LoraCluster.Models.DistilBert;

/// <summary>DistilBERT (Sanh et al. 2019) as DistilBertForSequenceClassification: no token types, no pooler, a two-layer head.</summary>
public sealed class DistilBertFamily : EncoderFamily
{
    private const string Layer = "distilbert.transformer.layer.{0}.";

    /// <inheritdoc/>
    public override string ModelType => "distilbert";

    /// <inheritdoc/>
    public override string Architecture => "DistilBertForSequenceClassification";

    /// <inheritdoc/>
    public override string Prefix => "distilbert";

    /// <inheritdoc/>
    public override bool DropsAttentionOutput => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Superfluous { get; } =
        ["vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "lm_head.", "qa_outputs.", "cls."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "q_lin", ["k"] = "k_lin", ["v"] = "v_lin", ["o"] = "out_lin",
    };

    /// <inheritdoc/>
    public override EncoderKeyMap Keys { get; } = new()
    {
        WordEmbeddings = "distilbert.embeddings.word_embeddings",
        PositionEmbeddings = "distilbert.embeddings.position_embeddings",
        TokenTypeEmbeddings = null,
        EmbeddingsNorm = "distilbert.embeddings.LayerNorm",
        Query = Layer + "attention.q_lin",
        Key = Layer + "attention.k_lin",
        Value = Layer + "attention.v_lin",
        AttentionOutput = Layer + "attention.out_lin",
        AttentionNorm = Layer + "sa_layer_norm",
        Intermediate = Layer + "ffn.lin1",
        Output = Layer + "ffn.lin2",
        OutputNorm = Layer + "output_layer_norm",
        Pooler = null,
        PreClassifier = "pre_classifier",
        Classifier = "classifier",
        Parameterless = ["distilbert.embeddings.dropout", Layer + "attention.dropout", Layer + "ffn.dropout", Layer + "ffn.activation",
            "dropout"],
    };

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config) => new()
    {
        ["vocab_size"] = config.VocabularySize,
        ["dim"] = config.HiddenSize,
        ["n_layers"] = config.Layers,
        ["n_heads"] = config.Heads,
        ["hidden_dim"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.Positions,
        ["activation"] = config.Activation.Name,
        ["pad_token_id"] = config.PadId,
        ["dropout"] = config.HiddenDropout,
        ["attention_dropout"] = config.AttentionDropout,
        ["seq_classif_dropout"] = ((EncoderConfig)config).HeadDropout,
    };

    internal override ModelConfig ReadConfig(ConfigReader reader)
    {
        (IReadOnlyList<string> labels, bool given) = reader.Labels();
        int vocabulary = reader.Int("vocab_size", 30522);
        return new EncoderConfig
        {
            ModelType = ModelType,
            VocabularySize = vocabulary,
            // The names that the other families use stand for its own, and count more, as in DistilBertConfig.attribute_map.
            HiddenSize = reader.Int("hidden_size", reader.Int("dim", 768)),
            Layers = reader.Int("num_hidden_layers", reader.Int("n_layers", 6)),
            Heads = reader.Int("num_attention_heads", reader.Int("n_heads", 12)),
            IntermediateSize = reader.Int("hidden_dim", 3072),
            Positions = reader.Int("max_position_embeddings", 512),
            TokenTypes = 0,
            LayerNormEps = 1e-12,
            Activation = reader.Activation("activation", "gelu"),
            PadId = reader.InVocabulary("pad_token_id", reader.Int("pad_token_id", 0, min: 0), vocabulary),
            HiddenDropout = reader.Probability("dropout", 0.1),
            AttentionDropout = reader.Probability("attention_dropout", 0.1),
            HeadDropout = reader.Probability("seq_classif_dropout", 0.2),
            Pooling = reader.Pooling(),
            ProblemType = reader.ProblemType(),
            Labels = labels,
            LabelsGiven = given,
        }.Checked(reader);
    }
}
