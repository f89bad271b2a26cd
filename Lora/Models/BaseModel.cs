using LoraCluster.Checkpoints;
using LoraCluster.Kernels;
using LoraCluster.Randomness;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>
/// A frozen model in memory: loaded once per process, device and precision, shared by every trainer and evaluator, and never changed.
/// Thread-safe. The owner disposes it after everything that was built on it.
/// </summary>
public sealed class BaseModel : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights;
    private readonly Dictionary<string, FrozenLinear> _linears = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    private BaseModel(EncoderFamily family, EncoderConfig config, Dictionary<string, Tensor> weights, IReadOnlyList<string> skipped,
        Precision precision, Device device)
    {
        (Family, Config, _weights, Skipped, Precision, Device) = (family, config, weights, skipped, precision, device);
        HasHead = family.Keys.HeadModules.All(m => weights.ContainsKey(m + ".weight"));
    }

    /// <summary>The model's family.</summary>
    public EncoderFamily Family { get; }

    /// <summary>Its shape.</summary>
    public EncoderConfig Config { get; }

    /// <summary>Tensors of the checkpoint that were left out because only pre-training uses them.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>False if the checkpoint has no classification head at all: a run then seeds one.</summary>
    public bool HasHead { get; }

    /// <summary>Precision of the frozen products.</summary>
    public Precision Precision { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device { get; }

    /// <summary>The files that <see cref="Load"/> reads from a folder, and whose content is the model's identity.</summary>
    public static IReadOnlyList<string> FilesOf(string folder) =>
        [.. new[] { "config.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json" }
            .Select(name => Path.Combine(folder, name)).Where(File.Exists), .. CheckpointFile.FilesOf(folder)];

    /// <summary>Loads a folder in Hugging Face layout (config.json, and weights as <see cref="CheckpointFile"/> finds them, in F32, F16 or
    /// BF16).</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="precision">Precision of the frozen products; norms, embeddings and the head stay fp32.</param>
    /// <param name="device">Device; null: CPU.</param>
    /// <exception cref="UserErrorException">A file is missing or broken; a tensor is missing, left over or of a wrong shape (all are
    /// named).</exception>
    public static BaseModel Load(string folder, Precision precision = Precision.Float32, Device? device = null)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"the model folder {folder} does not exist");
        (EncoderFamily family, EncoderConfig config) = EncoderFamily.Read(Path.Combine(folder, "config.json"));
        using CheckpointFile file = CheckpointFile.Open(folder);
        CheckpointPlan plan = CheckpointPlan.Of(file.Tensors.Select(t => (t.Name, t.Shape)), family, config, file.Path);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, string fileName, long[] shape) in plan.Tensors)
        {
            using Tensor onCpu = empty(shape, dtype: ScalarType.Float32);
            TensorMemory.Write<float>(onCpu, values => file.ReadSingles(fileName, values));
            weights[name] = Frozen(onCpu, device);
        }
        return new BaseModel(family, config, weights, plan.Skipped, precision, device ?? CPU);
    }

    /// <summary>A model of a config.json's shape with seeded random weights (normal 0.02, norms 1 and 0, biases 0): for speed, not for
    /// quality.</summary>
    public static BaseModel Random(string configPath, ulong seed, Precision precision = Precision.Float32, Device? device = null)
    {
        (EncoderFamily family, EncoderConfig config) = EncoderFamily.Read(configPath);
        return Random(family, config, seed, precision, device);
    }

    /// <summary>As the other form, from a shape at hand.</summary>
    public static BaseModel Random(EncoderFamily family, EncoderConfig config, ulong seed, Precision precision = Precision.Float32,
        Device? device = null)
    {
        var norms = family.Keys.Norms(config).ToHashSet(StringComparer.Ordinal);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        int site = 0;
        foreach ((string name, long[] shape) in family.Keys.Tensors(config))
        {
            bool norm = norms.Contains(name[..name.LastIndexOf('.')]), weight = name.EndsWith(".weight", StringComparison.Ordinal);
            using Tensor t = norm && weight ? ones(shape, dtype: ScalarType.Float32) : zeros(shape, dtype: ScalarType.Float32);
            var stream = new RandomStream(seed, RandomPurpose.BaseInit, 0, 0, site++);
            if (weight && !norm) TensorMemory.Write<float>(t, v => stream.FillNormal(v, 0, 0.02));
            weights[name] = Frozen(t, device);
        }
        return new BaseModel(family, config, weights, [], precision, device ?? CPU);
    }

    /// <summary>True if the checkpoint has the tensor.</summary>
    public bool Has(string name) => _weights.ContainsKey(name);

    /// <summary>A frozen fp32 tensor. Owned by this model: callers neither change nor dispose it.</summary>
    public Tensor Weight(string name) => _weights[name];

    /// <summary>The frozen linear layer of a module, packed at the first call and shared after. Owned by this model.</summary>
    public FrozenLinear Linear(string module)
    {
        lock (_gate)
        {
            if (_linears.TryGetValue(module, out FrozenLinear? linear)) return linear;
            // Outside every dispose scope of the caller: it outlives the caller's step.
            linear = FrozenLinear.Create(_weights[module + ".weight"], _weights[module + ".bias"], Precision == Precision.BFloat16
                ? ScalarType.BFloat16 : ScalarType.Float32);
            return _linears[module] = linear;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FrozenLinear linear in _linears.Values) linear.Dispose();
        foreach (Tensor weight in _weights.Values) weight.Dispose();
    }

    private static Tensor Frozen(Tensor onCpu, Device? device)
    {
        Tensor t = onCpu.to(device ?? CPU, copy: true);
        t.requires_grad = false;
        return t.DetachFromDisposeScope();
    }
}
