using System.Runtime.InteropServices;
using LoraCluster.Checkpoints;
using LoraCluster.Files;
using LoraCluster.Models;
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

    /// <summary>Name of the weights file of PEFT before 0.6, in the format of <c>torch.save</c>: read where the other is not
    /// there.</summary>
    public const string OldWeightsFile = "adapter_model.bin";

    /// <summary>Name of the configuration file.</summary>
    public const string ConfigFile = "adapter_config.json";

    private const string Prefix = "base_model.model.";

    /// <summary>An adapter from its parts.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="tensors">Tensors by their name in a file.</param>
    /// <param name="path">What errors call it.</param>
    public AdapterFolder(LoraConfig config, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> tensors, string path)
    {
        (Config, Tensors, Path) = (config, tensors, path);
    }

    /// <summary>The configuration.</summary>
    public LoraConfig Config { get; }

    /// <summary>Tensors by their name in the file, as today's PEFT spells it; copies that PEFT writes beside them are left out.</summary>
    public IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Tensors { get; }

    /// <summary>Copies of the base's own weights by tensor name, which PEFT writes beside an adapter on an embedding or on the layer over
    /// the vocabulary: an adapter with others belongs to another base.</summary>
    public IReadOnlyDictionary<string, float[]> BaseCopies { get; private init; } = new Dictionary<string, float[]>();

    /// <summary>The weights file, for messages.</summary>
    public string Path { get; }

    /// <summary>The same under another name in messages.</summary>
    public AdapterFolder CalledBy(string name) => new(Config, Tensors, name) { BaseCopies = BaseCopies };

    /// <summary>Name in the file of a target's A.</summary>
    public static string NameOfA(string module) => Prefix + module + ".lora_A.weight";

    /// <summary>Name in the file of a target's B.</summary>
    public static string NameOfB(string module) => Prefix + module + ".lora_B.weight";

    /// <summary>Name in the file of an embedding's A.</summary>
    public static string NameOfEmbeddingA(string module) => Prefix + module + ".lora_embedding_A";

    /// <summary>Name in the file of an embedding's B.</summary>
    public static string NameOfEmbeddingB(string module) => Prefix + module + ".lora_embedding_B";

    /// <summary>Name in the file of a target's DoRA magnitude.</summary>
    public static string NameOfMagnitude(string module) => Prefix + module + ".lora_magnitude_vector";

    /// <summary>Name in the file of a target's own bias, where biases are trained.</summary>
    public static string NameOfBias(string module) => Prefix + module + ".base_layer.bias";

    /// <summary>The module whose adapter a tensor is a part of.</summary>
    /// <param name="name">A tensor's name in the file, as <see cref="NameOfA"/> makes it.</param>
    /// <exception cref="ArgumentException">No adapter has a part of this name.</exception>
    public static string ModuleOf(string name)
    {
        int end = name.LastIndexOf(".lora_", StringComparison.Ordinal);
        if (end < 0) throw new ArgumentException($"'{name}' is no part of an adapter", nameof(name));
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..end] : name[..end];
    }

    /// <summary>Name in the file of a tensor that is trained whole.</summary>
    public static string NameOfSaved(string tensor) => Prefix + tensor;

    /// <summary>Path of a folder's weights file: that of today's PEFT, unless only the old one is there.</summary>
    public static string WeightsOf(string folder)
    {
        string path = System.IO.Path.Combine(folder, WeightsFile), old = System.IO.Path.Combine(folder, OldWeightsFile);
        return !File.Exists(path) && File.Exists(old) ? old : path;
    }

    /// <summary>Reads an adapter folder.</summary>
    /// <exception cref="UserErrorException">A file is missing or broken, or a field that changes the numbers is not supported (all are
    /// named).</exception>
    public static AdapterFolder Read(string folder)
    {
        LoraConfig config = ReadConfig(System.IO.Path.Combine(folder, ConfigFile));
        string path = WeightsOf(folder);
        using CheckpointFile reader = CheckpointFile.OpenFile(path);
        var tensors = new Dictionary<string, (long[], float[])>(StringComparer.Ordinal);
        var copies = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var names = reader.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (CheckpointTensor info in reader.Tensors)
        {
            if (AdapterTensorNames.Canonical(info.Name, config, names) is not { } name) continue;
            var values = new float[info.Shape.Aggregate(1L, (a, n) => a * n)];
            reader.ReadSingles(info.Name, values);
            if (AdapterTensorNames.CopiedFrom(name, names) is { } copied) copies[copied[Prefix.Length..]] = values;
            else tensors[name] = (info.Shape, values);
        }
        return new AdapterFolder(config, tensors, path) { BaseCopies = copies };
    }

    /// <summary>Reads an adapter_config.json alone.</summary>
    /// <exception cref="UserErrorException">As <see cref="Read"/>.</exception>
    public static LoraConfig ReadConfig(string path)
    {
        try
        {
            return PeftConfigJson.Parse(File.ReadAllBytes(path), path, isAdapter: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The adapter_config.json of a configuration, UTF-8.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="baseModel">Name or path of the base model.</param>
    /// <param name="task">What the base model does; null: not known, as of the wish for a new adapter.</param>
    public static byte[] WriteConfig(LoraConfig config, string baseModel, ModelTask? task) => PeftConfigJson.Write(config, baseModel, task);

    /// <summary>The folder's files as PEFT reads them: fp32, in canonical order.</summary>
    /// <param name="baseModel">Name or path of the base model.</param>
    /// <param name="task">What the base model does; null: not known.</param>
    public IReadOnlyList<OutputFile> Files(string baseModel, ModelTask? task)
    {
        List<SafetensorSource> sources = [.. Tensors.Select(t => new SafetensorSource(t.Key, SafetensorDtype.F32, t.Value.Shape,
            stream => stream.Write(MemoryMarshal.AsBytes<float>(t.Value.Values))))];
        return [OutputFile.Of(ConfigFile, WriteConfig(Config, baseModel, task)),
            new(WeightsFile, SafetensorsWriter.LengthOf(sources), stream => SafetensorsWriter.Write(stream, sources))];
    }

    /// <summary>Reads the wish for a new adapter from its JSON text: the same fields; <c>peft_type</c> may be missing, and the head is
    /// always trained.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="UserErrorException">As <see cref="Read"/>.</exception>
    public static LoraConfig ParseConfig(string json, string source) =>
        PeftConfigJson.Parse(System.Text.Encoding.UTF8.GetBytes(json), source, isAdapter: false);
}
