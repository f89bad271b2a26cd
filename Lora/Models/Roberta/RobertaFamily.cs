using System.Text.Json.Nodes;

namespace LoraCluster.Models.Roberta;

/// <summary>
/// RoBERTa (Liu et al. 2019) as RobertaForSequenceClassification: BERT's layers without a pooler; positions are numbered from the padding
/// id + 1 on, so the longest sequence is max_position_embeddings - pad id - 1; the head is a dense layer with tanh and a linear one, with
/// dropout before each. Every token has type 0.
/// </summary>
public sealed class RobertaFamily : EncoderFamily
{
    private const string Layer = "roberta.encoder.layer.{0}.";

    /// <inheritdoc/>
    public override string ModelType => "roberta";

    /// <inheritdoc/>
    public override string Architecture => "RobertaForSequenceClassification";

    /// <inheritdoc/>
    public override string Prefix => "roberta";

    /// <inheritdoc/>
    public override bool DropsAttentionOutput => true;

    /// <inheritdoc/>
    public override Activation HeadActivation => Activation.Tanh;

    /// <inheritdoc/>
    public override bool DropsHeadInput => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> PretrainingHeads { get; } = ["lm_head.", "qa_outputs.", "roberta.pooler.", "pooler."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "query", ["k"] = "key", ["v"] = "value", ["o"] = "attention.output.dense",
    };

    /// <inheritdoc/>
    public override EncoderKeyMap Keys { get; } = new()
    {
        WordEmbeddings = "roberta.embeddings.word_embeddings",
        PositionEmbeddings = "roberta.embeddings.position_embeddings",
        TokenTypeEmbeddings = "roberta.embeddings.token_type_embeddings",
        EmbeddingsNorm = "roberta.embeddings.LayerNorm",
        Query = Layer + "attention.self.query",
        Key = Layer + "attention.self.key",
        Value = Layer + "attention.self.value",
        AttentionOutput = Layer + "attention.output.dense",
        AttentionNorm = Layer + "attention.output.LayerNorm",
        Intermediate = Layer + "intermediate.dense",
        Output = Layer + "output.dense",
        OutputNorm = Layer + "output.LayerNorm",
        Pooler = null,
        PreClassifier = "classifier.dense",
        Classifier = "classifier.out_proj",
    };

    /// <inheritdoc/>
    public override JsonObject WriteConfig(EncoderConfig config) => new()
    {
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["intermediate_size"] = config.IntermediateSize,
        ["max_position_embeddings"] = config.FirstPosition + config.Positions,
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
        (int padId, int rows) = (reader.Int("pad_token_id", 1, min: 0), reader.Int("max_position_embeddings", 512));
        if (rows <= padId + 1)
            reader.Fault($"max_position_embeddings is {rows}; allowed is more than pad_token_id + 1, which is {padId + 1}");
        (IReadOnlyList<string> labels, bool given) = reader.Labels();
        return new EncoderConfig
        {
            ModelType = ModelType,
            VocabularySize = reader.Int("vocab_size", 50265),
            HiddenSize = reader.Int("hidden_size", 768),
            Layers = reader.Int("num_hidden_layers", 12),
            Heads = reader.Int("num_attention_heads", 12),
            IntermediateSize = reader.Int("intermediate_size", 3072),
            Positions = rows - padId - 1,
            FirstPosition = padId + 1,
            TokenTypes = reader.Int("type_vocab_size", 2),
            LayerNormEps = reader.Double("layer_norm_eps", 1e-12, e => e > 0, "a number above 0"),
            Activation = reader.Activation("hidden_act", "gelu"),
            PadId = padId,
            HiddenDropout = dropout,
            AttentionDropout = reader.Probability("attention_probs_dropout_prob", 0.1),
            HeadDropout = reader.Probability("classifier_dropout", dropout),
            Pooling = reader.Pooling(),
            Labels = labels,
            LabelsGiven = given,
        };
    }
}
