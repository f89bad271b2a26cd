using LoraCluster.Models.Bert;
using LoraCluster.Models.DistilBert;
using LoraCluster.Models.Roberta;

namespace LoraCluster.Models;

/// <summary>
/// What is particular to one family of encoders: how its config.json is read and what its tensors are called. The arithmetic is one,
/// <see cref="SequenceClassifier"/>.
/// </summary>
public abstract class EncoderFamily
{
    /// <summary>The families that are known.</summary>
    public static IReadOnlyList<EncoderFamily> All { get; } = [new BertFamily(), new DistilBertFamily(), new RobertaFamily()];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Hugging Face's class name of the classifier, as it stands in <c>architectures</c>.</summary>
    public abstract string Architecture { get; }

    /// <summary>Name of the encoder inside the classifier (<c>bert</c>); a checkpoint of the bare encoder lacks it.</summary>
    public abstract string Prefix { get; }

    /// <summary>Tensor and module names.</summary>
    public abstract EncoderKeyMap Keys { get; }

    /// <summary>Beginnings of tensor names that belong to heads of pre-training, and are skipped.</summary>
    public abstract IReadOnlyList<string> PretrainingHeads { get; }

    /// <summary>Short names for target modules.</summary>
    public abstract IReadOnlyDictionary<string, string> ShortNames { get; }

    /// <summary>True if the output of the attention is dropped out before the residual sum (BERT; not DistilBERT).</summary>
    public abstract bool DropsAttentionOutput { get; }

    /// <summary>Activation after the head's own dense layer, where there is one.</summary>
    public virtual Activation HeadActivation => Activation.Relu;

    /// <summary>True if the input of the head's own dense layer is dropped out too (RoBERTa).</summary>
    public virtual bool DropsHeadInput => false;

    /// <summary>Reads the family's fields of config.json.</summary>
    internal abstract EncoderConfig ReadConfig(ConfigReader reader);

    /// <summary>The family's own fields of config.json for a shape: the inverse of <see cref="ReadConfig"/>.</summary>
    public abstract System.Text.Json.Nodes.JsonObject WriteConfig(EncoderConfig config);

    /// <summary>Reads a config.json.</summary>
    /// <exception cref="UserErrorException">The file is missing or broken, the family is not known, or fields are wrong (all are
    /// named).</exception>
    public static (EncoderFamily Family, EncoderConfig Config) Read(string configPath)
    {
        ConfigReader reader = ConfigReader.Open(configPath);
        string type = reader.Text("model_type", "");
        EncoderFamily family = All.FirstOrDefault(f => f.ModelType == type)
            ?? throw new UserErrorException(
                $"{configPath}: model_type is '{type}'; known are {string.Join(", ", All.Select(f => f.ModelType))}");
        EncoderConfig config = family.ReadConfig(reader);
        if (config.HiddenSize % config.Heads != 0)
            reader.Fault($"the hidden size {config.HiddenSize} is not a multiple of the {config.Heads} attention heads");
        reader.Complete();
        return (family, config);
    }
}
