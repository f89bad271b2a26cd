using LoraCluster.Adapters;
using LoraCluster.Checkpoints;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Training;

namespace LoraCluster.Merging;

/// <summary>
/// What becomes of each tensor when adapters are merged into a base, decided before one value is read. Strict: an adapter that does not
/// fit, or two that bring the same tensor, are refused by name.
/// </summary>
/// <param name="Family">The base's family.</param>
/// <param name="Config">Its shape, with the labels of a head that an adapter brings.</param>
/// <param name="Unties">True if an adapter parts the layer over the vocabulary from the embedding, so both are written.</param>
/// <param name="Tensors">The merged model's tensors, in the model's order.</param>
/// <param name="Notices">Remarks for people.</param>
internal sealed record MergePlan(
    ModelFamily Family, ModelConfig Config, bool Unties, IReadOnlyList<TensorMerge> Tensors, IReadOnlyList<string> Notices)
{
    public static MergePlan Of(string folder, CheckpointFile file, IReadOnlyList<AdapterFolder> adapters)
    {
        (ModelFamily family, ModelConfig config) = ModelFamily.Read(Path.Combine(folder, "config.json"));
        CheckpointPlan checkpoint = CheckpointPlan.Of(file.Tensors.Select(t => (t.Name, t.Shape)), family, config, file.Path);
        ModelLayout layout = family.LayoutOf(config);
        var tensorsOfFile = file.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var origins = checkpoint.Tensors.ToDictionary(t => t.Name, t => tensorsOfFile[t.FileName], StringComparer.Ordinal);
        bool hasHead = layout.HeadModules.All(m => origins.ContainsKey(m + ".weight"));
        AdapterFolder? head = adapters.FirstOrDefault(a => BringsHead(a, layout));
        int labels = head is null ? config.Labels.Count : TrainablePlan.LabelsOf(head, layout, config);
        config = family.For(config, hasHead, new TrainingOptions(), labels);

        var notices = new List<string>();
        if (checkpoint.Skipped.Count > 0)
            notices.Add($"left out, since {family.Architecture} has no use for them: {string.Join(", ", checkpoint.Skipped)}");
        List<(AdapterFolder Adapter, TrainablePlan Plan)> parts =
            [.. adapters.Select(a => (a, PlanOf(a, family, config, labels, notices)))];
        if (!hasHead && head is null && layout.HeadModules.Count > 0)
        {
            throw new UserErrorException($"{file.Path} has no classification head, and no adapter brings one; the head's modules are "
                + string.Join(", ", layout.HeadModules));
        }
        bool unties = layout.TiedTo is { } table && parts.Any(p => Touches(p.Plan, table) || Touches(p.Plan, layout.OutputHead!));
        if (unties)
        {
            notices.Add($"{layout.OutputHead} and {layout.TiedTo} share a weight in the base and not in the merged model, since an adapter "
                + "changes one of them: both are written, and tie_word_embeddings is false");
        }
        ModelLayout merged = unties ? family.LayoutOf(config) with { TiedTo = null } : family.LayoutOf(config);
        var faults = new List<string>();
        List<TensorMerge> tensors = [.. merged.Tensors.Select(t =>
            MergeOf(t.Name, t.Shape, origins.GetValueOrDefault(layout.Resolve(t.Name)), parts, faults))];
        faults.AddRange(adapters.SelectMany(a => ForeignCopies(a, name => origins.GetValueOrDefault(layout.Resolve(name)), file)));
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));
        SafetensorDtype common = tensors.First(t => t.BaseName is not null).Dtype;
        return new MergePlan(family, config, unties,
            [.. tensors.Select(t => t.BaseName is null ? t with { Dtype = common } : t)], notices);
    }

    private static bool BringsHead(AdapterFolder adapter, ModelLayout layout) =>
        layout.HeadModules.Any(m => adapter.Tensors.ContainsKey(AdapterFolder.NameOfSaved(m + ".weight")));

    private static bool Touches(TrainablePlan plan, string module) =>
        plan.Targets.Contains(module) || plan.SlotOf(module + ".weight").Length > 0;

    private static TrainablePlan PlanOf(
        AdapterFolder adapter, ModelFamily family, ModelConfig config, int labels, List<string> notices)
    {
        TrainablePlan plan;
        // Whether there is a head is a question to all of them together.
        try { plan = TrainablePlan.Of(family, config, hasHead: true, new TrainingOptions { Lora = adapter.Config }, labels); }
        catch (UserErrorException e)
        {
            throw new UserErrorException(string.Join('\n', e.Message.Split('\n').Select(line => $"{adapter.Path}: {line}")), e);
        }
        IReadOnlyList<string> lost = plan.RequireSameTensors(adapter);
        if (lost.Count > 0) notices.Add($"{adapter.Path} lacks the biases that were trained with it; those of the base model are used");
        if (plan.Injection.UnmatchedPatternKeys is { Count: > 0 } keys)
            notices.Add($"{adapter.Path}: these pattern keys match no adapted module: {string.Join(", ", keys)}");
        return plan;
    }

    private static TensorMerge MergeOf(string name, long[] shape, CheckpointTensor? origin,
        IReadOnlyList<(AdapterFolder Adapter, TrainablePlan Plan)> parts, List<string> faults)
    {
        AdapterFolder? owner = null;
        float[]? saved = null;
        var updates = new List<AdapterUpdate>();
        foreach ((AdapterFolder adapter, TrainablePlan plan) in parts)
        {
            if (plan.SlotOf(name) is { Length: > 0 } slot && adapter.Tensors.TryGetValue(slot, out (long[] Shape, float[] Values) tensor))
            {
                if (saved is not null && !saved.AsSpan().SequenceEqual(tensor.Values))
                    faults.Add($"{owner!.Path} and {adapter.Path} both bring {name}, and not the same: at most one adapter may");
                (owner, saved) = (adapter, tensor.Values);
            }
            else if (UpdateOf(name, adapter, plan) is { } update) updates.Add(update);
        }
        if (saved is not null && updates.Count > 0)
            faults.Add($"{owner!.Path} brings {name} as a whole, and {updates[0].Adapter.Path} adapts it: at most one of them may");
        var merge = new TensorMerge(name, shape, origin?.Dtype ?? SafetensorDtype.F32, origin?.Name, saved, updates);
        if (merge.IsChanged && !SingleNarrowing.Supports(merge.Dtype))
            faults.Add($"the base's tensor {origin!.Name} is {origin.DtypeName}; one that an adapter changes may be F32, F16 or BF16");
        return merge;
    }

    /// <summary>Copies of base weights that an adapter brings and this base does not have.</summary>
    private static IEnumerable<string> ForeignCopies(AdapterFolder adapter, Func<string, CheckpointTensor?> originOf, CheckpointFile file)
    {
        foreach ((string name, float[] copy) in adapter.BaseCopies)
        {
            var own = new float[copy.Length];
            if (originOf(name) is { } origin && origin.ElementCount == copy.Length) file.ReadSingles(origin.Name, own);
            if (!own.AsSpan().SequenceEqual(copy))
                yield return $"{adapter.Path}: the adapter belongs to another base model: it brings a copy of {name}, "
                    + "which is not this one's";
        }
    }

    private static AdapterUpdate? UpdateOf(string name, AdapterFolder adapter, TrainablePlan plan)
    {
        const string weight = ".weight";
        if (!name.EndsWith(weight, StringComparison.Ordinal)) return null;
        string module = name[..^weight.Length];
        if (!plan.Targets.Contains(module)) return null;
        bool onEmbedding = adapter.Tensors.ContainsKey(AdapterFolder.NameOfEmbeddingA(module));
        return new AdapterUpdate(adapter, module, plan.Lora!.ScalingAt(module), onEmbedding);
    }
}
