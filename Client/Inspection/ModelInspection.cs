using LoraCluster.Checkpoints;
using LoraCluster.Client.Training;
using LoraCluster.Models;
using LoraCluster.Models.Decoders;
using LoraCluster.Tokenizers;

namespace LoraCluster.Client.Inspection;

/// <summary>A model folder in Hugging Face layout: whether it loads, and as what.</summary>
internal static class ModelInspection
{
    public static InspectionReport Of(string folder)
    {
        var report = new InspectionReport("model", folder);
        ModelFacts? model = report.Faults.Try(() => ModelFacts.Read(folder));
        if (model is not null) AddModel(report, model);
        if (CheckpointFile.Find(folder) is { } weights) CheckpointInspection.Add(report, weights);
        if (model is not null) report.Faults.Try(() => report.Add(Fact.Of("content hash", "contentHash", ContentHasher.OfModel(folder))));
        return report;
    }

    private static void AddModel(InspectionReport report, ModelFacts model)
    {
        ModelConfig config = model.Config;
        report.Add(
            Fact.Of("family", "family", model.Family.ModelType),
            Fact.Of("loads as", "architecture", model.Family.Architecture),
            Fact.Count("layers", "layers", config.Layers),
            Fact.Count("hidden size", "hiddenSize", config.HiddenSize),
            Fact.Count("attention heads", "attentionHeads", config.Heads),
            Fact.Count("feed-forward size", "intermediateSize", config.IntermediateSize),
            Fact.Count("positions", "positions", config.Positions),
            Fact.Of("activation", "activation", config.Activation.Name),
            Fact.Number("hidden dropout", "hiddenDropout", config.HiddenDropout),
            Fact.Number("attention dropout", "attentionDropout", config.AttentionDropout),
            Fact.Count("vocabulary (model)", "vocabularySize", config.VocabularySize),
            Fact.Count("vocabulary (tokenizer)", "tokenizerSize", model.Tokenizer.VocabularySize),
            Fact.Flag("lower-cases text", "lowerCase", model.Tokenizer is BertTokenizer { Options.LowerCase: true }));
        if (config is DecoderConfig decoder) report.Add(
            Fact.Count("heads of keys and values", "keyValueHeads", decoder.KeyValueHeads),
            Fact.Flag("head tied to the embedding", "tiedHead", decoder.TiesHead));
        else report.Add(
            Fact.List("labels", "labels", config.Labels),
            Fact.Flag("has a classification head", "hasHead", model.HasHead));
        report.Add(Fact.List("short names for --target", "shortNames",
            [.. model.Family.ShortNames.Select(pair => $"{pair.Key}={pair.Value}")]));
        if (model.Skipped.Count > 0)
            report.Notices.Add($"tensors that {model.Family.Architecture} has no use for: {string.Join(", ", model.Skipped)}");
        if (!model.HasHead) report.Notices.Add("there is no classification head; a run seeds a new one");
    }
}
