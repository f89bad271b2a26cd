using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace LoraCluster.Training;

/// <summary>
/// A network on a shared base model together with what is trained: one flat fp32 vector whose views are the trainable parameters. The
/// base is never changed. One thread owns it.
/// </summary>
public sealed class TrainableModel : IWeightSource, IDisposable
{
    private readonly BaseModel _base;
    private readonly TrainablePlan _plan;
    private readonly Dictionary<string, Parameter> _trainable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Module<Tensor, Tensor>> _linears = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoraEmbedding> _embeddings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _linearOrder;
    private readonly ScalarType _compute;
    private readonly List<string> _notices = [];

    private TrainableModel(BaseModel baseModel, TrainablePlan plan, ulong seed)
    {
        (_base, _plan) = (baseModel, plan);
        _compute = baseModel.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _linearOrder = baseModel.Layout.Linears.Select((l, i) => (l.Module, i))
            .ToDictionary(p => p.Module, p => p.i, StringComparer.Ordinal);
        Dropout = new DropoutContext(seed);
        Parameters = zeros([plan.Layout.Length], device: baseModel.Device).DetachFromDisposeScope();
        Gradient = zeros([plan.Layout.Length], device: baseModel.Device).DetachFromDisposeScope();
        float[] start = InitialValues.Of(plan, baseModel, seed);
        SetParameters(start);
        if (plan.Lora is { ChangesBase: true }) Decomposed = new DecomposedStart(baseModel, plan, start);
        foreach (ParameterSlot slot in plan.Layout.Slots)
        {
            var parameter = new Parameter(Parameters.narrow(0, slot.Offset, slot.Length).view(slot.Shape), requires_grad: true);
            parameter.DetachFromDisposeScope();
            using Tensor gradient = Gradient.narrow(0, slot.Offset, slot.Length).view(slot.Shape);
            parameter.grad = gradient;
            _trainable[slot.Name] = parameter;
        }
        Network = baseModel.Family.Build(plan.Config, this, Dropout, _compute);
    }

    /// <summary>What lies below; shared with others.</summary>
    public BaseModel Base => _base;

    /// <summary>Order of the flat vectors.</summary>
    public ParameterLayout Layout => _plan.Layout;

    /// <summary>The trainable parameters, flat fp32 [P]; changed in place by an optimizer.</summary>
    public Tensor Parameters { get; }

    /// <summary>The gradient of the last backward pass, flat fp32 [P].</summary>
    public Tensor Gradient { get; }

    /// <summary>The model.</summary>
    public INetwork Network { get; }

    /// <summary>The state of its dropouts.</summary>
    public DropoutContext Dropout { get; }

    /// <summary>Shape of the model, with the labels in force.</summary>
    public ModelConfig Config => _plan.Config;

    /// <summary>What is trained.</summary>
    public TrainablePlan Plan => _plan;

    /// <summary>Remarks for people: keys of the patterns that took nothing, biases that an adapter's file lacks.</summary>
    public IReadOnlyList<string> Notices => _plan.Injection.UnmatchedPatternKeys is { Count: > 0 } keys
        ? [$"these pattern keys match no adapted module: {string.Join(", ", keys)}", .. _notices] : _notices;

    /// <summary>A model with fresh trainables: adapters as their configuration starts them, the rest as the base has it, or seeded where
    /// it has none.</summary>
    /// <param name="baseModel">Shared; outlives this model.</param>
    /// <param name="options">Method, adapter and seed.</param>
    /// <param name="labelCount">Labels of the data, used where the base brings no head and no label names; 2 or more.</param>
    /// <param name="labelNames">Their names, used where the base brings none; null: none.</param>
    /// <exception cref="UserErrorException">The adapter's configuration does not fit the model.</exception>
    public static TrainableModel Create(
        BaseModel baseModel, TrainingOptions options, int labelCount = 2, IReadOnlyList<string>? labelNames = null) =>
        new(baseModel, TrainablePlan.Of(baseModel, options, labelCount, labelNames), options.Seed);

    /// <summary>The base model as it is, with nothing trained.</summary>
    /// <param name="baseModel">Shared; outlives this model.</param>
    /// <param name="pooling">What a classifier's head reads; null: as the model was saved.</param>
    /// <exception cref="UserErrorException">A classifier's checkpoint has no head; or another model has a pooling.</exception>
    public static TrainableModel Frozen(BaseModel baseModel, Pooling? pooling = null) =>
        new(baseModel, TrainablePlan.Frozen(baseModel, pooling), 0);

    /// <summary>A model with a stored adapter.</summary>
    /// <exception cref="UserErrorException">A tensor is missing, left over or of a wrong shape (all are named).</exception>
    public static TrainableModel WithAdapter(BaseModel baseModel, AdapterFolder adapter, ulong seed = 0)
    {
        var options = new TrainingOptions { Lora = adapter.Config, Seed = seed };
        TrainablePlan plan = TrainablePlan.Of(baseModel, options, TrainablePlan.LabelsOf(adapter, baseModel));
        IReadOnlyList<string> lost = plan.RequireSameTensors(adapter);
        RequireSameBase(baseModel, adapter);
        var model = new TrainableModel(baseModel, plan, seed);
        if (lost.Count > 0)
        {
            model._notices.Add($"{adapter.Path} lacks the biases that were trained with it, as PEFT writes bias lora_only; "
                + $"those of the base model are used: {string.Join(", ", lost)}");
        }
        float[] flat = model.GetParameters();
        foreach (ParameterSlot slot in plan.Layout.Slots)
            if (adapter.Tensors.TryGetValue(slot.Name, out (long[] Shape, float[] Values) tensor)) tensor.Values.CopyTo(flat, slot.Offset);
        model.SetParameters(flat);
        return model;
    }

    /// <summary>Logits without dropout and without gradients, fp32, as <see cref="INetwork.Forward"/>; the caller disposes
    /// them.</summary>
    public Tensor Logits(TokenBatch batch)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Dropout.BeginEvaluation();
        return Network.Forward(batch).MoveToOuterDisposeScope();
    }

    /// <summary>Sum of the targets' cross-entropy and its gradient, with the dropouts of (step, microBatch), or with none.</summary>
    public GradientSum LossAndGradient(TokenBatch batch, int step = 0, int microBatch = 0, bool dropout = true)
    {
        using var scope = NewDisposeScope();
        using (no_grad()) Gradient.zero_();
        if (dropout) Dropout.BeginTraining(step, microBatch);
        else Dropout.BeginEvaluation();
        BatchLoss loss = Network.Loss(batch, backward: true);
        ClearPaddingGradient();
        return new GradientSum(TensorMemory.ToArray<float>(Gradient), loss.Sum, loss.Targets, loss.Correct);
    }

    /// <summary>Loss sum and counts without dropout; the gradient is empty.</summary>
    public GradientSum Evaluate(TokenBatch batch)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Dropout.BeginEvaluation();
        BatchLoss loss = Network.Loss(batch, backward: false);
        return new GradientSum([], loss.Sum, loss.Targets, loss.Correct);
    }

    /// <summary>A copy of the flat vector.</summary>
    public float[] GetParameters() => TensorMemory.ToArray<float>(Parameters);

    /// <summary>Replaces the flat vector's values.</summary>
    public void SetParameters(float[] values)
    {
        using var _ = no_grad();
        using Tensor source = tensor(values);
        Parameters.copy_(source);
    }

    /// <summary>Hash of each parameter as it stands; see <see cref="ParameterLayout.HashTensors"/>.</summary>
    public UInt128[] HashParameters()
    {
        using Tensor here = Parameters.cpu();
        UInt128[] hashes = Layout.HashTensors(RawTensor.Floats(here));
        GC.KeepAlive(here);
        return hashes;
    }

    /// <summary>Sets <see cref="Gradient"/> to values * factor.</summary>
    /// <param name="values">Flat, in the layout's order; on another device than the CPU they are changed too.</param>
    /// <param name="factor">What each is multiplied by.</param>
    public void SetGradient(float[] values, float factor)
    {
        Span<float> target = Gradient.device_type == DeviceType.CPU ? RawTensor.Floats(Gradient) : values;
        TensorPrimitives.Multiply(values, factor, target);
        if (Gradient.device_type == DeviceType.CPU) return;
        using var _ = no_grad();
        using Tensor source = tensor(values);
        Gradient.copy_(source);
    }

    /// <summary>Merges every adapter into a copy of its layer's weight.</summary>
    public void Merge()
    {
        foreach (IAdapter adapter in Adapters) adapter.Merge();
    }

    /// <summary>Goes back to the base's exact bits.</summary>
    public void Unmerge()
    {
        foreach (IAdapter adapter in Adapters) adapter.Unmerge();
    }

    /// <summary>The adapted layers.</summary>
    public IEnumerable<IAdapter> Adapters => _linears.Values.OfType<IAdapter>().Concat(_embeddings.Values);

    /// <summary>A tensor of the model as it stands, by its Hugging Face name: trained, merged or frozen; fp32.</summary>
    public Tensor Weight(string name)
    {
        if (_trainable.TryGetValue(_plan.SlotOf(name), out Parameter? own)) return own;
        // A tied head follows its embedding only where both are trained as one.
        if (_plan.Lora is null && _trainable.TryGetValue(_plan.SlotOf(_base.Layout.Resolve(name)), out Parameter? tied)) return tied;
        int dot = name.LastIndexOf('.');
        if (!name.AsSpan(dot).SequenceEqual(".weight")) return _base.Weight(name);
        if (_linears.GetValueOrDefault(name[..dot]) is LoraLinear lora) return lora.Weight;
        if (_embeddings.TryGetValue(name[..dot], out LoraEmbedding? embedding)) return embedding.Weight;
        return _base.Weight(name);
    }

    Module<Tensor, Tensor> IWeightSource.Linear(string module)
    {
        if (!_linears.TryGetValue(module, out Module<Tensor, Tensor>? linear)) _linears[module] = linear = Build(module);
        return linear;
    }

    LoraEmbedding? IWeightSource.EmbeddingAdapter(string module)
    {
        if (!_plan.Targets.Contains(module)) return null;
        if (_embeddings.TryGetValue(module, out LoraEmbedding? embedding)) return embedding;
        Parameter a = _trainable[AdapterFolder.NameOfEmbeddingA(module)], b = _trainable[AdapterFolder.NameOfEmbeddingB(module)];
        (Tensor weight, double scaling) = (_base.Weight(module + ".weight"), _plan.Lora!.ScalingAt(module));
        return _embeddings[module] = _plan.Lora.WeightDecomposed
            ? new DoraEmbedding(weight, a, b, _trainable[AdapterFolder.NameOfMagnitude(module)], scaling)
            : new LoraEmbedding(weight, a, b, scaling);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LoraEmbedding embedding in _embeddings.Values) embedding.Dispose();
        foreach (Module<Tensor, Tensor> linear in _linears.Values) linear.Dispose();
        foreach (Parameter parameter in _trainable.Values) parameter.Dispose();
        Decomposed?.Dispose();
        Parameters.Dispose();
        Gradient.Dispose();
    }

    /// <summary>What lies below adapters that start from a part of the base weight; null for others.</summary>
    internal DecomposedStart? Decomposed { get; }

    private Module<Tensor, Tensor> Build(string module)
    {
        string name = module + ".weight";
        _trainable.TryGetValue(_plan.SlotOf(module + ".bias"), out Parameter? bias);
        if (Weight(name) is Parameter weight)
        {
            // A classifier's head is tiny and stays fp32; under full fine-tuning the body's products follow the precision.
            bool head = _base.Layout.HeadModules.Contains(module);
            return new BaseLinear(weight, bias, head ? ScalarType.Float32 : _compute);
        }
        if (Decomposed is not null && _plan.Targets.Contains(module)) return Adapted(module, Decomposed.Rest(module, bias));
        BaseLinear layer = bias is not null
            ? BaseLinear.WithTrainedBias(_base.Linear(module).Weight, _base.Weight(name), bias)
            : new BaseLinear(_base.Linear(module), _base.Weight(name), _base.Bias(module));
        return _plan.Targets.Contains(module) ? Adapted(module, layer) : layer;
    }

    private LoraLinear Adapted(string module, BaseLinear layer)
    {
        LoraConfig lora = _plan.Lora!;
        Parameter a = _trainable[AdapterFolder.NameOfA(module)], b = _trainable[AdapterFolder.NameOfB(module)];
        (double scaling, int site) = (lora.ScalingAt(module), DropoutSites.Adapter(_linearOrder[module]));
        return lora.WeightDecomposed
            ? new DoraLinear(layer, a, b, _trainable[AdapterFolder.NameOfMagnitude(module)], scaling, lora.Dropout, Dropout, site)
            : new LoraLinear(layer, a, b, scaling, lora.Dropout, Dropout, site);
    }

    private static void RequireSameBase(BaseModel baseModel, AdapterFolder adapter)
    {
        List<string> other = [.. adapter.BaseCopies.Where(c => !baseModel.Has(c.Key)
            || !TensorMemory.ToArray<float>(baseModel.Weight(c.Key)).AsSpan().SequenceEqual(c.Value)).Select(c => c.Key)];
        if (other.Count == 0) return;
        throw new UserErrorException($"{adapter.Path}: the adapter belongs to another base model: it brings a copy of "
            + $"{string.Join(", ", other)}, which is not this model's");
    }

    /// <summary>As torch.nn.Embedding with padding_idx: the padding's row takes no gradient.</summary>
    private void ClearPaddingGradient()
    {
        using var _ = no_grad();
        foreach ((string module, int entry) in _base.Layout.PaddingRows) ClearRow(module, entry);
    }

    private void ClearRow(string module, long entry)
    {
        // A tied head's gradient for the row is right, and the decoder has left the embedding's out.
        bool own = module != _base.Layout.TiedTo;
        if (own && _trainable.TryGetValue(_plan.SlotOf(module + ".weight"), out Parameter? table)) table.grad!.narrow(0, entry, 1).zero_();
        if (_trainable.TryGetValue(AdapterFolder.NameOfEmbeddingA(module), out Parameter? a)) a.grad!.narrow(1, entry, 1).zero_();
    }
}
