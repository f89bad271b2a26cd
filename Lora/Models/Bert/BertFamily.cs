using System.Text.Json.Nodes;

namespace LoraCluster.Models.Bert;

/// <summary>BERT (Devlin et al. 2018) as BertForSequenceClassification; MiniLM and other distillations with BERT's layout load as
/// it.</summary>
public sealed class BertFamily : EncoderFamily
{
    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    public override string Architecture => "BertForSequenceClassification";

    /// <inheritdoc/>
    public override string Prefix => "bert";

    /// <inheritdoc/>
    public override bool DropsAttentionOutput => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Superfluous { get; } = ["cls.", "lm_head.", "qa_outputs."];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames => BertLayout.ShortNames;

    /// <inheritdoc/>
    public override EncoderKeyMap Keys { get; } = BertLayout.Keys("bert");

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config) => BertLayout.WriteConfig((EncoderConfig)config);

    internal override ModelConfig ReadConfig(ConfigReader reader) => BertLayout.ReadConfig(reader, ModelType, 30522, 0);
}
