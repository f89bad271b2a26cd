using System.Text.Json.Nodes;

namespace LoraCluster.Models.Bert;

/// <summary>BERT's names and configuration fields, which families that were made from its code share.</summary>
internal static class BertLayout
{
    /// <summary>Short names for target modules.</summary>
    public static IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "query", ["k"] = "key", ["v"] = "value", ["o"] = "attention.output.dense",
    };

    /// <summary>Tensor and module names, with BERT's pooler and head.</summary>
    /// <param name="prefix">Name of the encoder inside the classifier.</param>
    public static EncoderKeyMap Keys(string prefix)
    {
        string layer = prefix + ".encoder.layer.{0}.";
        return new EncoderKeyMap
        {
            WordEmbeddings = prefix + ".embeddings.word_embeddings",
            PositionEmbeddings = prefix + ".embeddings.position_embeddings",
            TokenTypeEmbeddings = prefix + ".embeddings.token_type_embeddings",
            EmbeddingsNorm = prefix + ".embeddings.LayerNorm",
            Query = layer + "attention.self.query",
            Key = layer + "attention.self.key",
            Value = layer + "attention.self.value",
            AttentionOutput = layer + "attention.output.dense",
            AttentionNorm = layer + "attention.output.LayerNorm",
            Intermediate = layer + "intermediate.dense",
            Output = layer + "output.dense",
            OutputNorm = layer + "output.LayerNorm",
            Pooler = prefix + ".pooler.dense",
            PreClassifier = null,
            Classifier = "classifier",
            Parameterless = [prefix + ".embeddings.dropout", layer + "attention.self.dropout", layer + "attention.output.dropout",
                layer + "intermediate.intermediate_act_fn", layer + "output.dropout", prefix + ".pooler.activation", "dropout"],
        };
    }

    /// <summary>The fields of config.json for a shape: the inverse of <see cref="ReadConfig"/>.</summary>
    public static JsonObject WriteConfig(EncoderConfig config) => new()
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

    /// <summary>Reads the fields of config.json; every row of the position embedding counts as a position.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="modelType">The family's.</param>
    /// <param name="vocabularySize">The family's default.</param>
    /// <param name="padId">The family's default.</param>
    public static EncoderConfig ReadConfig(ConfigReader reader, string modelType, int vocabularySize, int padId)
    {
        string positions = reader.Text("position_embedding_type", "absolute");
        if (positions != "absolute") reader.Fault($"position_embedding_type is '{positions}'; allowed is absolute");
        if (reader.Flag("is_decoder", false)) reader.Fault("is_decoder is true; allowed is an encoder (false)");
        if (reader.Flag("add_cross_attention", false)) reader.Fault("add_cross_attention is true; allowed is false");
        double dropout = reader.Probability("hidden_dropout_prob", 0.1);
        (IReadOnlyList<string> labels, bool given) = reader.Labels();
        int vocabulary = reader.Int("vocab_size", vocabularySize);
        return new EncoderConfig
        {
            ModelType = modelType,
            VocabularySize = vocabulary,
            HiddenSize = reader.Int("hidden_size", 768),
            Layers = reader.Int("num_hidden_layers", 12),
            Heads = reader.Int("num_attention_heads", 12),
            IntermediateSize = reader.Int("intermediate_size", 3072),
            Positions = reader.Int("max_position_embeddings", 512),
            TokenTypes = reader.Int("type_vocab_size", 2),
            LayerNormEps = reader.Double("layer_norm_eps", 1e-12, e => e > 0, "a number above 0"),
            Activation = reader.Activation("hidden_act", "gelu"),
            PadId = reader.InVocabulary("pad_token_id", reader.Int("pad_token_id", padId, min: 0), vocabulary),
            HiddenDropout = dropout,
            AttentionDropout = reader.Probability("attention_probs_dropout_prob", 0.1),
            HeadDropout = reader.Probability("classifier_dropout", dropout),
            Pooling = reader.Pooling(),
            ProblemType = reader.ProblemType(),
            Labels = labels,
            LabelsGiven = given,
        }.Checked(reader);
    }
}
