using LoraCluster.Adapters;
using LoraCluster.Models;

namespace LoraCluster.Training;

/// <summary>Which tensors an adapter run trains: A and B of each target, DoRA's magnitudes, saved modules, biases.</summary>
internal static class AdapterTensors
{
    /// <summary>The tensors, in no particular order.</summary>
    public static IEnumerable<TrainedTensor> Of(ModelLayout layout, LoraConfig lora, InjectionPlan plan)
    {
        var shapes = layout.Linears.ToDictionary(l => l.Module, StringComparer.Ordinal);
        var embeddings = layout.Embeddings.ToDictionary(e => e.Module, StringComparer.Ordinal);
        foreach (string target in plan.Targets)
        {
            int rank = lora.RankAt(target);
            if (embeddings.TryGetValue(target, out EmbeddingModule? table))
            {
                yield return Part(AdapterFolder.NameOfEmbeddingA(target), [rank, table.Entries], TrainedRole.EmbeddingA, target);
                yield return Part(AdapterFolder.NameOfEmbeddingB(target), [table.Width, rank], TrainedRole.EmbeddingB, target);
                if (lora.WeightDecomposed)
                    yield return Part(AdapterFolder.NameOfMagnitude(target), [table.Width], TrainedRole.Magnitude, target);
                continue;
            }
            int rows = shapes[target].Out;
            yield return Part(AdapterFolder.NameOfA(target), [rank, shapes[target].In], TrainedRole.A, target);
            yield return Part(AdapterFolder.NameOfB(target), [rows, rank], TrainedRole.B, target);
            if (lora.WeightDecomposed) yield return Part(AdapterFolder.NameOfMagnitude(target), [rows], TrainedRole.Magnitude, target);
        }
        foreach ((string name, long[] shape) in TensorsOf(layout, plan))
        {
            string module = name[..name.LastIndexOf('.')];
            if (plan.SavedModules.Any(m => name.StartsWith(m + ".", StringComparison.Ordinal)))
                yield return new TrainedTensor(AdapterFolder.NameOfSaved(name), name, shape, TrainedRole.OfModel, module);
            else if (name.EndsWith(".bias", StringComparison.Ordinal) && TrainsBias(module, lora, plan))
            {
                string slot = plan.Targets.Contains(module) ? AdapterFolder.NameOfBias(module) : AdapterFolder.NameOfSaved(name);
                yield return new TrainedTensor(slot, name, shape, TrainedRole.OfModel, module);
            }
        }
    }

    /// <summary>The model's tensors; a tied head that is saved whole is trained as a copy of its own, as in PEFT.</summary>
    private static IEnumerable<(string Name, long[] Shape)> TensorsOf(ModelLayout layout, InjectionPlan plan) =>
        layout.TiedTo is not null && plan.SavedModules.Contains(layout.OutputHead)
            ? (layout with { TiedTo = null }).Tensors : layout.Tensors;

    private static bool TrainsBias(string module, LoraConfig lora, InjectionPlan plan) =>
        lora.Bias == BiasTraining.All || (lora.Bias == BiasTraining.LoraOnly && plan.Targets.Contains(module));

    private static TrainedTensor Part(string slot, long[] shape, TrainedRole role, string module) => new(slot, slot, shape, role, module);
}
