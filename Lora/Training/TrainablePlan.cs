using LoraCluster.Adapters;
using LoraCluster.Models;

namespace LoraCluster.Training;

/// <summary>
/// Which tensors a run trains, under which names they are stored and what they start from. Adapter runs use PEFT's names of
/// adapter_model.safetensors; full and head runs the model's own.
/// </summary>
public sealed class TrainablePlan
{
    private readonly Dictionary<string, string> _slotByTensor = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrainedTensor> _bySlot;

    private TrainablePlan(ModelConfig config, LoraConfig? lora, InjectionPlan injection,
        IReadOnlyList<TrainedTensor> trained, long totalParameters)
    {
        (Config, Lora, Injection, TotalParameters) = (config, lora, injection, totalParameters);
        Targets = injection.Targets.ToHashSet(StringComparer.Ordinal);
        foreach (TrainedTensor t in trained) _slotByTensor[t.Tensor] = t.Slot;
        _bySlot = trained.ToDictionary(t => t.Slot, StringComparer.Ordinal);
        Layout = new ParameterLayout(trained.OrderBy(t => t.Slot, StringComparer.Ordinal).Select(t => (t.Slot, t.Shape)));
    }

    /// <summary>Shape of the model, with the labels in force.</summary>
    public ModelConfig Config { get; }

    /// <summary>The adapter with its short names expanded; null for full and head.</summary>
    public LoraConfig? Lora { get; }

    /// <summary>What the injection found.</summary>
    public InjectionPlan Injection { get; }

    /// <summary>Modules with an adapter.</summary>
    public IReadOnlySet<string> Targets { get; }

    /// <summary>Names and places of the trained tensors, in ordinal order of their names.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Parameters in all: the base model with its head, the adapters, and the trained copies of saved modules (as PEFT
    /// counts).</summary>
    public long TotalParameters { get; }

    /// <summary>Plans what a run trains.</summary>
    /// <exception cref="UserErrorException">The adapter's configuration does not fit the model.</exception>
    public static TrainablePlan Of(BaseModel model, TrainingOptions options, int labelCount, IReadOnlyList<string>? labelNames = null) =>
        Of(model.Family, model.Config, model.HasHead, options, labelCount, labelNames);

    /// <summary>A plan that trains nothing: the model as it is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pooling">What its head reads; null: as the model was saved.</param>
    /// <exception cref="UserErrorException">A classifier has no head; or another model has a pooling.</exception>
    public static TrainablePlan Frozen(BaseModel model, Pooling? pooling = null)
    {
        if (!model.HasHead)
        {
            throw new UserErrorException("the checkpoint has no classification head, so it has no logits; the head's modules are "
                + string.Join(", ", model.Layout.HeadModules));
        }
        ModelConfig config = (model.Config, pooling) switch
        {
            (_, null) => model.Config,
            (EncoderConfig encoder, { } other) => encoder with { Pooling = other },
            _ => throw new UserErrorException($"pooling is given; {model.Family.Architecture} has no head that reads one"),
        };
        return new TrainablePlan(config, null, InjectionPlan.None, [], model.Layout.Tensors.Sum(t => Count(t.Shape)));
    }

    /// <summary>As the other form, from what is known of the model without its weights.</summary>
    internal static TrainablePlan Of(ModelFamily family, ModelConfig config, bool hasHead, TrainingOptions options, int labelCount,
        IReadOnlyList<string>? labelNames = null)
    {
        config = family.For(config, hasHead, options, labelCount);
        if (labelNames is not null && !config.LabelsGiven && labelNames.Count == config.Labels.Count)
            config = config with { Labels = labelNames };
        ModelLayout layout = family.LayoutOf(config);
        var tensors = layout.Tensors.ToList();
        long baseCount = tensors.Sum(t => Count(t.Shape));
        if (options.Method != TrainingMethod.Lora)
        {
            var head = layout.HeadModules.SelectMany(m => new[] { m + ".weight", m + ".bias" }).ToHashSet(StringComparer.Ordinal);
            var trained = tensors.Where(t => options.Method == TrainingMethod.Full || head.Contains(t.Name))
                .Select(t => new TrainedTensor(t.Name, t.Name, t.Shape, TrainedRole.OfModel, t.Name[..t.Name.LastIndexOf('.')])).ToList();
            return new TrainablePlan(config, null, InjectionPlan.None, trained, baseCount);
        }

        LoraConfig lora = options.Lora with { TargetModules = options.Lora.TargetModules.Expand(family.ShortNames) };
        if (!hasHead && !lora.TrainsHead)
        {
            throw new UserErrorException("the adapter names no task and no module to save, so it has no classification head, and the "
                + $"model has none either; the head's modules are {string.Join(", ", layout.HeadModules)}");
        }
        InjectionPlan plan = LoraInjector.Plan(ModulesOf(layout), lora, lora.TrainsHead ? layout.HeadModules : []);
        if (lora.ChangesBase) RequireDecomposable(layout, lora, plan.Targets);
        List<TrainedTensor> parts = [.. AdapterTensors.Of(layout, lora, plan)];
        // A bias that is trained in its place is no further parameter; a saved module is a copy of the base's.
        long added = parts.Where(p => p.Role != TrainedRole.OfModel || IsIn(p.Module, plan.SavedModules)).Sum(p => Count(p.Shape));
        return new TrainablePlan(config, lora, plan, parts, baseCount + added);
    }

    /// <summary>The slot under which a tensor of the model is trained, or a name that no slot has.</summary>
    internal string SlotOf(string tensor) => _slotByTensor.GetValueOrDefault(tensor, "");

    /// <summary>Labels that an adapter's saved classifier has.</summary>
    internal static int LabelsOf(AdapterFolder adapter, BaseModel model) =>
        LabelsOf(adapter, model.Layout, model.Config);

    /// <summary>As the other form, from what is known of the model without its weights.</summary>
    internal static int LabelsOf(AdapterFolder adapter, ModelLayout layout, ModelConfig config) =>
        layout.HeadModules is [.., string head] && adapter.Tensors.TryGetValue(AdapterFolder.NameOfSaved(head + ".bias"),
            out (long[] Shape, float[] Values) bias)
        && bias.Shape.Length == 1 ? (int)bias.Shape[0] : config.Labels.Count;

    /// <summary>Refuses an adapter whose tensors are not exactly this plan's.</summary>
    /// <returns>Biases that were trained and are not in the file, as PEFT saves <c>bias: lora_only</c>: the base's stand in for
    /// them.</returns>
    internal IReadOnlyList<string> RequireSameTensors(AdapterFolder adapter)
    {
        List<string> lost = Lora?.Bias == BiasTraining.LoraOnly
            ? [.. Targets.Order(StringComparer.Ordinal).Select(AdapterFolder.NameOfBias).Where(_bySlot.ContainsKey)] : [];
        if (lost.Any(adapter.Tensors.ContainsKey)) lost = [];
        var faults = new List<string>();
        foreach (ParameterSlot slot in Layout.Slots)
        {
            if (!adapter.Tensors.TryGetValue(slot.Name, out (long[] Shape, float[] Values) tensor))
            {
                if (!lost.Contains(slot.Name)) faults.Add($"the tensor {slot.Name} is missing");
            }
            else if (!tensor.Shape.AsSpan().SequenceEqual(slot.Shape))
            {
                faults.Add($"the tensor {slot.Name} has the shape {ShapeText.Of(tensor.Shape)}; "
                    + $"the model and the configuration ask for {ShapeText.Of(slot.Shape)}");
            }
        }
        var known = Layout.Slots.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        faults.AddRange(adapter.Tensors.Keys.Where(n => !known.Contains(n)).Order(StringComparer.Ordinal)
            .Select(n => $"the tensor {n} fits no module that the configuration takes"));
        if (faults.Count > 0) throw new UserErrorException(string.Join("\n", faults.Select(f => $"{adapter.Path}: {f}")));
        return lost;
    }

    /// <summary>What a slot holds.</summary>
    internal TrainedTensor TrainedAt(ParameterSlot slot) => _bySlot[slot.Name];

    /// <summary>The model's modules, containers included, in order.</summary>
    private static List<ModuleName> ModulesOf(ModelLayout layout)
    {
        var linear = layout.Linears.Select(l => l.Module).ToHashSet(StringComparer.Ordinal);
        var names = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string module in layout.Tensors.Select(t => t.Name[..t.Name.LastIndexOf('.')]).Concat(linear)
            .Concat(layout.Parameterless))
        {
            for (int dot = 0; dot < module.Length; dot++)
                if (module[dot] == '.' && seen.Add(module[..dot])) names.Add(module[..dot]);
            if (seen.Add(module)) names.Add(module);
        }
        var embeddings = layout.Embeddings.Select(e => e.Module).ToHashSet(StringComparer.Ordinal);
        return [.. names.Select(n => new ModuleName(n, linear.Contains(n), embeddings.Contains(n), n == layout.OutputHead))];
    }

    private static void RequireDecomposable(ModelLayout layout, LoraConfig lora, IReadOnlyList<string> targets)
    {
        var linears = layout.Linears.ToDictionary(l => l.Module, StringComparer.Ordinal);
        string kind = lora.Initialization.ToString().ToLowerInvariant();
        var faults = new List<string>();
        foreach (string target in targets)
        {
            if (!linears.TryGetValue(target, out LinearModule? l))
                faults.Add($"init_lora_weights is {kind} and {target} is an embedding; allowed are linear layers");
            else if (lora.RankAt(target) > Math.Min(l.Out, l.In))
                faults.Add($"rank is {lora.RankAt(target)} at {target}; allowed with {kind} is at most {Math.Min(l.Out, l.In)}");
        }
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
    }

    private static bool IsIn(string module, IReadOnlyList<string> saved) =>
        saved.Any(m => module == m || module.StartsWith(m + ".", StringComparison.Ordinal));

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, n) => a * n);
}
