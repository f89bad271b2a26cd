using System.IO.Hashing;
using System.Runtime.InteropServices;
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

    private BaseModel(ModelFamily family, ModelConfig config, Dictionary<string, Tensor> weights, IReadOnlyList<string> skipped,
        Precision precision, Device device)
    {
        (Family, Config, _weights, Skipped, Precision, Device) = (family, config, weights, skipped, precision, device);
        Layout = family.LayoutOf(config);
        HasHead = Layout.HeadModules.All(m => weights.ContainsKey(m + ".weight"));
    }

    /// <summary>The model's family.</summary>
    public ModelFamily Family { get; }

    /// <summary>Its shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>What it is made of.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Tensors of the checkpoint that were left out because only pre-training uses them.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>False if the checkpoint of a classifier has no classification head at all: a run then seeds one.</summary>
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
        (ModelFamily family, ModelConfig config) = ModelFamily.Read(Path.Combine(folder, "config.json"));
        using CheckpointFile file = CheckpointFile.Open(folder);
        CheckpointPlan plan = CheckpointPlan.Of(file.Tensors.Select(t => (t.Name, t.Shape)), family, config, file.Path);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, string fileName, long[] shape) in plan.Tensors)
        {
            using Tensor onCpu = empty(shape, dtype: ScalarType.Float32);
            TensorMemory.Write<float>(onCpu, values => file.ReadSingles(fileName, values));
            weights[name] = Frozen(onCpu, device);
        }
        var model = new BaseModel(family, config, weights, plan.Skipped, precision, device ?? CPU);
        if (plan.HeadCopy is { } copy) model.RequireSameHead(file, copy);
        return model;
    }

    /// <summary>A model of a config.json's shape with seeded random weights (normal 0.02, norms 1 and 0, biases 0): for speed, not for
    /// quality.</summary>
    public static BaseModel Random(string configPath, ulong seed, Precision precision = Precision.Float32, Device? device = null)
    {
        (ModelFamily family, ModelConfig config) = ModelFamily.Read(configPath);
        return Random(family, config, seed, precision, device);
    }

    /// <summary>As the other form, from a shape at hand.</summary>
    public static BaseModel Random(ModelFamily family, ModelConfig config, ulong seed, Precision precision = Precision.Float32,
        Device? device = null)
    {
        ModelLayout layout = family.LayoutOf(config);
        var norms = layout.Norms.Select(n => n.Module).ToHashSet(StringComparer.Ordinal);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        int site = 0;
        foreach ((string name, long[] shape) in layout.Tensors)
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
    public bool Has(string name) => _weights.ContainsKey(Layout.Resolve(name));

    /// <summary>A frozen fp32 tensor. Owned by this model: callers neither change nor dispose it.</summary>
    public Tensor Weight(string name) => _weights[Layout.Resolve(name)];

    /// <summary>The bias of a module, or null if it has none. Owned by this model.</summary>
    public Tensor? Bias(string module) => _weights.GetValueOrDefault(module + ".bias");

    /// <summary>XxHash128 over the weights' fp32 bytes, in ordinal order of their names: the model's bits.</summary>
    public UInt128 HashWeights()
    {
        var hash = new XxHash128();
        foreach (string name in _weights.Keys.Order(StringComparer.Ordinal))
        {
            using Tensor here = _weights[name].cpu();
            TensorMemory.Read<float>(here, values =>
            {
                // A span of bytes ends at 2 GiB, which an embedding may have.
                for (int at = 0; at < values.Length; at += 1 << 24)
                    hash.Append(MemoryMarshal.AsBytes(values.Slice(at, Math.Min(1 << 24, values.Length - at))));
            });
        }
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The frozen linear layer of a module, packed at the first call and shared after. Owned by this model.</summary>
    public FrozenLinear Linear(string module)
    {
        lock (_gate)
        {
            if (_linears.TryGetValue(module, out FrozenLinear? linear)) return linear;
            // Outside every dispose scope of the caller: it outlives the caller's step.
            linear = FrozenLinear.Create(Weight(module + ".weight"), Bias(module), Precision == Precision.BFloat16
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

    private void RequireSameHead(CheckpointFile file, string copy)
    {
        using Tensor table = Weight(Layout.TiedTo + ".weight").cpu();
        var values = new float[file.Tensors.Single(t => t.Name == copy).Shape.Aggregate(1L, (a, n) => a * n)];
        file.ReadSingles(copy, values);
        if (RawTensor.Floats(table).SequenceEqual(values)) return;
        Dispose();
        throw new UserErrorException($"{file.Path}: the tensor {copy} is not that of {Layout.TiedTo}, and config.json ties them; "
            + "allowed is tie_word_embeddings: false with both");
    }

    private static Tensor Frozen(Tensor onCpu, Device? device)
    {
        Tensor t = onCpu.to(device ?? CPU, copy: true);
        t.requires_grad = false;
        return t.DetachFromDisposeScope();
    }
}
