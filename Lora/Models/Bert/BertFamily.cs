using System.Text.Json.Nodes;

namespace LoraCluster.Models.Bert;

/// <summary>BERT (Devlin et al. 2018) as BertForSequenceClassification; MiniLM and other distillations with BERT's layout load as
/// it.</summary>
public sealed class BertFamily : EncoderFamily
{
    private const string Layer = "bert.encoder.layer.{0}.";

    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    public override string Architecture => "BertForSequenceClassification";

    /// <inheritdoc/>
    public override string Prefix => "bert";

    /// <inheritdoc/>
    public override bool DropsAttentionOutput => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> PretrainingHeads { get; } = ["cls.", "lm_head.", "qa_outputs."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "query", ["k"] = "key", ["v"] = "value", ["o"] = "attention.output.dense",
    };

    /// <inheritdoc/>
    public override EncoderKeyMap Keys { get; } = new()
    {
        WordEmbeddings = "bert.embeddings.word_embeddings",
        PositionEmbeddings = "bert.embeddings.position_embeddings",
        TokenTypeEmbeddings = "bert.embeddings.token_type_embeddings",
        EmbeddingsNorm = "bert.embeddings.LayerNorm",
        Query = Layer + "attention.self.query",
        Key = Layer + "attention.self.key",
        Value = Layer + "attention.self.value",
        AttentionOutput = Layer + "attention.output.dense",
        AttentionNorm = Layer + "attention.output.LayerNorm",
        Intermediate = Layer + "intermediate.dense",
        Output = Layer + "output.dense",
        OutputNorm = Layer + "output.LayerNorm",
        Pooler = "bert.pooler.dense",
        PreClassifier = null,
        Classifier = "classifier",
    };

    /// <inheritdoc/>
    public override JsonObject WriteConfig(EncoderConfig config) => new()
    {
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["intermediate_size"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.Positions,
        ["type_vocab_size"] = config.TokenTypes,
        ["layer_norm_eps"] = config.LayerNormEps,
        ["hidden_act"] = config.Activation.Name,
        ["pad_token_id"] = config.PadId,
        ["hidden_dropout_prob"] = config.HiddenDropout,
        ["attention_probs_dropout_prob"] = config.AttentionDropout,
        ["classifier_dropout"] = config.HeadDropout,
    };

    internal override EncoderConfig ReadConfig(ConfigReader reader)
    {
        string positions = reader.Text("position_embedding_type", "absolute");
        if (positions != "absolute") reader.Fault($"position_embedding_type is '{positions}'; allowed is absolute");
        if (reader.Flag("is_decoder", false)) reader.Fault("is_decoder is true; allowed is an encoder (false)");
        if (reader.Flag("add_cross_attention", false)) reader.Fault("add_cross_attention is true; allowed is false");
        double dropout = reader.Probability("hidden_dropout_prob", 0.1);
        (IReadOnlyList<string> labels, bool given) = reader.Labels();
        return new EncoderConfig
        {
            ModelType = ModelType,
            VocabularySize = reader.Int("vocab_size", 30522),
            HiddenSize = reader.Int("hidden_size", 768),
            Layers = reader.Int("num_hidden_layers", 12),
            Heads = reader.Int("num_attention_heads", 12),
            IntermediateSize = reader.Int("intermediate_size", 3072),
            Positions = reader.Int("max_position_embeddings", 512),
            TokenTypes = reader.Int("type_vocab_size", 2),
            LayerNormEps = reader.Double("layer_norm_eps", 1e-12, e => e > 0, "a number above 0"),
            Activation = reader.Activation("hidden_act", "gelu"),
            PadId = reader.Int("pad_token_id", 0, min: 0),
            HiddenDropout = dropout,
            AttentionDropout = reader.Probability("attention_probs_dropout_prob", 0.1),
            HeadDropout = reader.Probability("classifier_dropout", dropout),
            Pooling = reader.Pooling(),
            Labels = labels,
            LabelsGiven = given,
        };
    }
}
