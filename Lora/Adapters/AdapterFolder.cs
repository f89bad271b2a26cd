using LoraCluster.Safetensors;

namespace LoraCluster.Adapters;

/// <summary>
/// An adapter as PEFT stores it: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>. Values are widened to fp32 whatever the
/// file had. Tensor names are module paths with PEFT's prefix and endings taken off.
/// </summary>
public sealed class AdapterFolder
{
    /// <summary>Name of the weights file.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>Name of the configuration file.</summary>
    public const string ConfigFile = "adapter_config.json";

    private const string Prefix = "base_model.model.";

    private AdapterFolder(LoraConfig config, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> tensors, string path)
    {
        (Config, Tensors, Path) = (config, tensors, path);
    }

    /// <summary>The configuration.</summary>
    public LoraConfig Config { get; }

    /// <summary>Tensors by their name in the file.</summary>
    public IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Tensors { get; }

    /// <summary>The weights file, for messages.</summary>
    public string Path { get; }

    /// <summary>Name in the file of a target's A.</summary>
    public static string NameOfA(string module) => Prefix + module + ".lora_A.weight";

    /// <summary>Name in the file of a target's B.</summary>
    public static string NameOfB(string module) => Prefix + module + ".lora_B.weight";

    /// <summary>Name in the file of a tensor that is trained whole.</summary>
    public static string NameOfSaved(string tensor) => Prefix + tensor;

    /// <summary>Reads an adapter folder.</summary>
    /// <exception cref="UserErrorException">A file is missing or broken, or a field that changes the numbers is not supported (all are
    /// named).</exception>
    public static AdapterFolder Read(string folder)
    {
        string configPath = System.IO.Path.Combine(folder, ConfigFile), path = System.IO.Path.Combine(folder, WeightsFile);
        LoraConfig config = ReadConfig(configPath);
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        var tensors = new Dictionary<string, (long[], float[])>(StringComparer.Ordinal);
        foreach (SafetensorInfo info in reader.Tensors)
        {
            var values = new float[info.Shape.Aggregate(1L, (a, n) => a * n)];
            reader.ReadSingles(info.Name, values);
            tensors[info.Name] = (info.Shape, values);
        }
        return new AdapterFolder(config, tensors, path);
    }

    /// <summary>Reads an adapter_config.json alone.</summary>
    /// <exception cref="UserErrorException">As <see cref="Read"/>.</exception>
    public static LoraConfig ReadConfig(string path)
    {
        try
        {
            return PeftConfigJson.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The adapter_config.json of a configuration, UTF-8.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="baseModel">Name or path of the base model.</param>
    public static byte[] WriteConfig(LoraConfig config, string baseModel) => PeftConfigJson.Write(config, baseModel);

    /// <summary>Reads a configuration from its JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="UserErrorException">As <see cref="Read"/>.</exception>
    public static LoraConfig ParseConfig(string json, string source) =>
        PeftConfigJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), source);
}
