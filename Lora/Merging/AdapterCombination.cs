using System.Globalization;
using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using static TorchSharp.torch;
using Update = (TorchSharp.torch.Tensor A, TorchSharp.torch.Tensor B);

namespace LoraCluster.Merging;

/// <summary>An adapter with the weight that it has in a combination.</summary>
/// <param name="Adapter">The adapter.</param>
/// <param name="Weight">Any finite number; may be negative.</param>
public sealed record WeightedAdapter(AdapterFolder Adapter, double Weight);

/// <summary>
/// Several adapters of one base model as a single new one (PEFT: tuners/lora/model.py, add_weighted_adapter). The result is plain LoRA with
/// alpha = rank at every module, so its scaling is 1. Unlike PEFT 0.20, the scaling of each adapter counts once in every type (there
/// <c>svd</c> counts it twice), a combination of rsLoRA is plain LoRA, and modules that only some adapters have get those alone.
/// </summary>
public static class AdapterCombination
{
    /// <summary>Combines adapters.</summary>
    /// <param name="type">How.</param>
    /// <param name="parts">One or more adapters. A tensor that is saved as a whole (a head) may come from one of them, or be the same in
    /// all.</param>
    /// <param name="rank">Rank for <see cref="CombinationType.Svd"/>, 1 or more; null: the largest of the adapters'.</param>
    /// <exception cref="UserErrorException">An adapter is of a kind that cannot be combined, or two exclude each other; all faults are
    /// named.</exception>
    public static AdapterFolder Combine(CombinationType type, IReadOnlyList<WeightedAdapter> parts, int? rank = null)
    {
        List<string> faults = [.. FaultsOf(type, parts, rank)];
        Dictionary<string, (long[], float[])> tensors = SavedTensors(parts, faults);
        if (faults.Count > 0) throw new UserErrorException(string.Join('\n', faults));

        int limit = rank ?? parts.Max(p => RanksOf(p.Adapter).Values.Max());
        var ranks = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string module in parts.SelectMany(p => RanksOf(p.Adapter).Keys).Distinct(StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            bool embedding = parts.Any(p => p.Adapter.Tensors.ContainsKey(AdapterFolder.NameOfEmbeddingA(module)));
            (Tensor a, Tensor b) = Combined(type, PartsAt(module, embedding, parts), limit);
            tensors[NameOfA(module, embedding)] = (a.shape, TensorMemory.ToArray<float>(a));
            tensors[NameOfB(module, embedding)] = (b.shape, TensorMemory.ToArray<float>(b));
            ranks[module] = (int)a.shape[0];
        }
        return new AdapterFolder(ConfigOf(parts, ranks), tensors, string.Join(" + ", parts.Select(p => p.Adapter.Path)));
    }

    private static IEnumerable<string> FaultsOf(CombinationType type, IReadOnlyList<WeightedAdapter> parts, int? rank)
    {
        if (parts.Count == 0) yield return "there is no adapter; allowed are one or more";
        if (rank is { } r && type != CombinationType.Svd) yield return $"a rank is given and the combination is {type}; allowed with Svd";
        if (rank is < 1) yield return string.Create(CultureInfo.InvariantCulture, $"rank is {rank}; allowed is 1 or more");
        foreach ((AdapterFolder adapter, double weight) in parts.Select(p => (p.Adapter, p.Weight)))
        {
            if (!double.IsFinite(weight))
                yield return string.Create(CultureInfo.InvariantCulture, $"the weight of {adapter.Path} is {weight}; allowed are numbers");
            if (!adapter.Tensors.Keys.Any(IsA)) yield return $"{adapter.Path} has no A and B, so there is nothing to combine";
            if (adapter.Config.WeightDecomposed)
                yield return $"{adapter.Path} is DoRA, whose magnitudes do not add up: it can be merged, not combined";
            if (adapter.Config.Bias != BiasTraining.None)
                yield return $"{adapter.Path} trained biases, which cannot be weighted: it can be merged, not combined";
        }
        if (type != CombinationType.Linear) yield break;
        foreach (IGrouping<string, (string Path, int Rank)> module in parts
            .SelectMany(p => RanksOf(p.Adapter).Select(r => (Module: r.Key, p.Adapter.Path, Rank: r.Value)))
            .GroupBy(r => r.Module, r => (r.Path, r.Rank)).Where(g => g.Select(r => r.Rank).Distinct().Count() > 1))
        {
            string ranks = string.Join(", ", module.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Rank} in {m.Path}")));
            yield return $"the rank at {module.Key} is {ranks}; a linear combination needs equal ranks (cat and svd do not)";
        }
    }

    /// <summary>What is no part of an update: heads and other modules that were saved whole.</summary>
    private static Dictionary<string, (long[], float[])> SavedTensors(IReadOnlyList<WeightedAdapter> parts, List<string> faults)
    {
        var saved = new Dictionary<string, (long[] Shape, float[] Values)>(StringComparer.Ordinal);
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (AdapterFolder adapter in parts.Select(p => p.Adapter))
        {
            foreach ((string name, (long[] Shape, float[] Values) tensor) in adapter.Tensors.Where(t => !IsUpdate(t.Key)))
            {
                if (saved.TryAdd(name, tensor)) owners[name] = adapter.Path;
                else if (!saved[name].Values.AsSpan().SequenceEqual(tensor.Values))
                    faults.Add($"{owners[name]} and {adapter.Path} both bring {name}, and not the same: at most one adapter may");
            }
        }
        return saved.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
    }

    private static Update Combined(CombinationType type, IReadOnlyList<(Update Update, double Factor)> parts, int limit)
    {
        if (type == CombinationType.Linear)
        {
            return (Sum(parts.Select(p => p.Update.A.Times(Math.Sign(p.Factor) * Math.Sqrt(Math.Abs(p.Factor))))),
                Sum(parts.Select(p => p.Update.B.Times(Math.Sqrt(Math.Abs(p.Factor))))));
        }
        Tensor a = cat([.. parts.Select(p => p.Update.A.Times(p.Factor))], 0), b = cat([.. parts.Select(p => p.Update.B)], 1);
        return type == CombinationType.Cat ? (a, b) : Truncated(a, b, limit);
    }

    /// <summary>The best approximation of B A by a smaller rank. With B = Q R and A^T = P T the singular values are those of the small
    /// matrix R T^T.</summary>
    private static Update Truncated(Tensor a, Tensor b, int limit)
    {
        (Tensor q, Tensor r) = linalg.qr(b.to_type(ScalarType.Float64));
        (Tensor p, Tensor t) = linalg.qr(a.to_type(ScalarType.Float64).t());
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(r.mm(t.t()), fullMatrices: false);
        long rank = Math.Min(limit, s.shape[0]);
        Tensor left = q.mm(u.narrow(1, 0, rank)).mul(s.narrow(0, 0, rank)), right = vh.narrow(0, 0, rank).mm(p.t());
        return (right.to_type(ScalarType.Float32).contiguous(), left.to_type(ScalarType.Float32).contiguous());
    }

    private static List<(Update Update, double Factor)> PartsAt(string module, bool embedding, IReadOnlyList<WeightedAdapter> parts)
    {
        var found = new List<(Update, double)>();
        foreach (WeightedAdapter part in parts)
        {
            if (!part.Adapter.Tensors.TryGetValue(NameOfA(module, embedding), out (long[] Shape, float[] Values) a)) continue;
            (long[] shape, float[] values) = part.Adapter.Tensors[NameOfB(module, embedding)];
            found.Add(((tensor(a.Values, a.Shape), tensor(values, shape)), part.Weight * part.Adapter.Config.ScalingAt(module)));
        }
        return found;
    }

    private static LoraConfig ConfigOf(IReadOnlyList<WeightedAdapter> parts, SortedDictionary<string, int> ranks)
    {
        int rank = ranks.Values.Max();
        ModulePattern others = new(ranks.Where(r => r.Value != rank).Select(r => KeyValuePair.Create(r.Key, (double)r.Value)));
        return new LoraConfig
        {
            Rank = rank, Alpha = rank, RankPattern = others, AlphaPattern = others, Dropout = parts[0].Adapter.Config.Dropout,
            TargetModules = TargetModules.Named([.. ranks.Keys]), TrainsHead = parts.Any(p => p.Adapter.Config.TrainsHead),
            ModulesToSave = [.. parts.SelectMany(p => p.Adapter.Config.ModulesToSave).Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>The adapted modules with their ranks, from the tensors themselves.</summary>
    private static Dictionary<string, int> RanksOf(AdapterFolder adapter) => adapter.Tensors.Where(t => IsA(t.Key))
        .ToDictionary(t => AdapterFolder.ModuleOf(t.Key), t => (int)t.Value.Shape[0], StringComparer.Ordinal);

    private static bool IsA(string name) =>
        name.EndsWith(".lora_A.weight", StringComparison.Ordinal) || name.EndsWith(".lora_embedding_A", StringComparison.Ordinal);

    private static bool IsUpdate(string name) => name.Contains(".lora_", StringComparison.Ordinal);

    private static string NameOfA(string module, bool embedding) =>
        embedding ? AdapterFolder.NameOfEmbeddingA(module) : AdapterFolder.NameOfA(module);

    private static string NameOfB(string module, bool embedding) =>
        embedding ? AdapterFolder.NameOfEmbeddingB(module) : AdapterFolder.NameOfB(module);

    private static Tensor Sum(IEnumerable<Tensor> terms) => terms.Aggregate((x, y) => x.Plus(y));
}
