using System.Text.Json.Nodes;
using LoraCluster.Models.Bert;
using LoraCluster.Models.DistilBert;
using LoraCluster.Models.Llama;
using LoraCluster.Models.Opt;
using LoraCluster.Models.Qwen2;
using LoraCluster.Models.Roberta;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>
/// What is particular to one family of models: how its config.json is read, what its tensors are called, and which network they make. The
/// one list of families is <see cref="All"/>.
/// </summary>
public abstract class ModelFamily
{
    /// <summary>The families that are known.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new BertFamily(), new DistilBertFamily(), new RobertaFamily(), new OptFamily(), new LlamaFamily(), new Qwen2Family(),
    ];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Hugging Face's class name, as it stands in <c>architectures</c>.</summary>
    public abstract string Architecture { get; }

    /// <summary>What the family does.</summary>
    public abstract ModelTask Task { get; }

    /// <summary>Beginnings of tensor names that a checkpoint may hold and the model has no use for, as heads of pre-training.</summary>
    public abstract IReadOnlyList<string> Superfluous { get; }

    /// <summary>Short names for target modules.</summary>
    public abstract IReadOnlyDictionary<string, string> ShortNames { get; }

    /// <summary>What a model of the shape is made of.</summary>
    public abstract ModelLayout LayoutOf(ModelConfig config);

    /// <summary>The network over the weights of a source.</summary>
    /// <param name="config">Shape.</param>
    /// <param name="weights">Parameters; owned by the source.</param>
    /// <param name="dropout">Shared by all dropouts.</param>
    /// <param name="compute">fp32, or bf16 for the products.</param>
    public abstract INetwork Build(ModelConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute);

    /// <summary>The shape for a training: with the labels and the pooling that it asks for.</summary>
    /// <param name="config">As read.</param>
    /// <param name="hasHead">Whether the checkpoint has a classification head.</param>
    /// <param name="options">What is trained.</param>
    /// <param name="labelCount">Labels of the data.</param>
    /// <exception cref="UserErrorException">The family cannot be trained so.</exception>
    internal abstract ModelConfig For(ModelConfig config, bool hasHead, TrainingOptions options, int labelCount);

    /// <summary>The family's own fields of config.json for a shape: the inverse of <see cref="ReadConfig"/>.</summary>
    public abstract JsonObject WriteConfig(ModelConfig config);

    /// <summary>Reads the family's fields of config.json.</summary>
    internal abstract ModelConfig ReadConfig(ConfigReader reader);

    /// <summary>Reads a config.json.</summary>
    /// <exception cref="UserErrorException">The file is missing or broken, the family is not known, or fields are wrong (all are
    /// named).</exception>
    public static (ModelFamily Family, ModelConfig Config) Read(string configPath)
    {
        ConfigReader reader = ConfigReader.Open(configPath);
        string type = reader.Text("model_type", "");
        ModelFamily family = All.FirstOrDefault(f => f.ModelType == type)
            ?? throw new UserErrorException(
                $"{configPath}: model_type is '{type}'; known are {string.Join(", ", All.Select(f => f.ModelType))}");
        if (reader.Has("quantization_config"))
            reader.Fault("quantization_config is set; allowed is a model whose weights are plain floating-point numbers");
        ModelConfig config = family.ReadConfig(reader);
        reader.Complete();
        return (family, config);
    }
}
