using System.Text.Json.Nodes;
using LoraCluster.Models.Bert;

namespace LoraCluster.Models.Roberta;

/// <summary>
/// RoBERTa (Liu et al. 2019) as RobertaForSequenceClassification: BERT's layers without a pooler; positions are numbered from the padding
/// id + 1 on, so the longest sequence is max_position_embeddings - pad id - 1; the head is a dense layer with tanh and a linear one, with
/// dropout before each. Every token has type 0.
/// </summary>
public sealed class RobertaFamily : EncoderFamily
{
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
    public override IReadOnlyList<string> Superfluous { get; } = ["lm_head.", "qa_outputs.", "roberta.pooler.", "pooler."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames => BertLayout.ShortNames;

    /// <inheritdoc/>
    public override EncoderKeyMap Keys { get; } = KeysOf(BertLayout.Keys("roberta"));

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config) => BertLayout.WriteConfig((EncoderConfig)config);

    private static EncoderKeyMap KeysOf(EncoderKeyMap bert) => bert with
    {
        Pooler = null, PreClassifier = "classifier.dense", Classifier = "classifier.out_proj",
        Parameterless = [.. bert.Parameterless.Where(m => m is not ("roberta.pooler.activation" or "dropout")), "classifier.dropout"],
    };

    internal override ModelConfig ReadConfig(ConfigReader reader)
    {
        EncoderConfig config = BertLayout.ReadConfig(reader, ModelType, 50265, 1);
        (int rows, int first) = (config.Positions, config.PadId + 1);
        if (rows <= first) reader.Fault($"max_position_embeddings is {rows}; allowed is more than pad_token_id + 1, which is {first}");
        return config with { Positions = rows - first, FirstPosition = first };
    }
}
