using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Training;

/// <summary>What the trainable parameters start from: the base's values, seeded ones where it has none, fresh adapters.</summary>
internal static class InitialValues
{
    /// <summary>The flat vector of a plan. The place of a tensor in the layout is its random numbers' site.</summary>
    public static float[] Of(TrainablePlan plan, BaseModel model, ulong seed)
    {
        float[] flat = new float[plan.Layout.Length];
        Span<float> At(ParameterSlot slot) => flat.AsSpan((int)slot.Offset, slot.Length);
        for (int site = 0; site < plan.Layout.Slots.Count; site++)
        {
            ParameterSlot slot = plan.Layout.Slots[site];
            Fill(plan.TrainedAt(slot), At(slot), model, plan.Lora?.Initialization ?? default, seed, site);
        }
        var slots = plan.Layout.Slots.ToDictionary(s => s.Name, StringComparer.Ordinal);
        if (plan.Lora is { ChangesBase: true } lora)
            foreach (string module in plan.Targets) Decompose(lora, module, model, slots, flat);
        // After A and B, which decide it.
        foreach (ParameterSlot slot in plan.Layout.Slots.Where(s => plan.TrainedAt(s).Role == TrainedRole.Magnitude))
        {
            string module = plan.TrainedAt(slot).Module;
            // A part of the weight and the rest are the weight.
            double scaling = plan.Lora!.ChangesBase ? 0 : plan.Lora.ScalingAt(module);
            bool linear = slots.TryGetValue(AdapterFolder.NameOfA(module), out ParameterSlot? a);
            a ??= slots[AdapterFolder.NameOfEmbeddingA(module)];
            ParameterSlot b = slots[linear ? AdapterFolder.NameOfB(module) : AdapterFolder.NameOfEmbeddingB(module)];
            using Tensor weight = linear ? model.Weight(module + ".weight").alias() : model.Weight(module + ".weight").t();
            Magnitude(weight, (At(a).ToArray(), a.Shape), (At(b).ToArray(), b.Shape), scaling)
                .CopyTo(At(slot));
        }
        return flat;
    }

    private static void Fill(TrainedTensor trained, Span<float> values, BaseModel model, AdapterInitialization kind, ulong seed, int site)
    {
        var adapter = new RandomStream(seed, RandomPurpose.AdapterInit, 0, 0, site);
        if (trained.Role == TrainedRole.A) AdapterInitializer.FillA(kind, values, trained.Shape, adapter);
        else if (trained.Role == TrainedRole.B) AdapterInitializer.FillB(kind, values, trained.Shape, adapter);
        else if (trained.Role == TrainedRole.EmbeddingA) AdapterInitializer.FillEmbeddingA(kind, values, adapter);
        else if (trained.Role == TrainedRole.EmbeddingB) adapter.FillNormal(values, 0, 1);
        else if (trained.Role == TrainedRole.Magnitude) values.Clear();
        else if (model.Has(trained.Tensor)) TensorMemory.ToArray<float>(model.Weight(trained.Tensor)).CopyTo(values);
        else if (trained.Tensor.EndsWith(".bias", StringComparison.Ordinal)) values.Clear();
        else new RandomStream(seed, RandomPurpose.HeadInit, 0, 0, site).FillNormal(values, 0, 0.02);
    }

    private static void Decompose(LoraConfig lora, string module, BaseModel model, Dictionary<string, ParameterSlot> slots, float[] flat)
    {
        (Tensor a, Tensor b) = DecomposedStart.Decompose(lora, module, model.Weight(module + ".weight"));
        using (a)
        using (b)
        {
            TensorMemory.ToArray<float>(a).CopyTo(flat, slots[AdapterFolder.NameOfA(module)].Offset);
            TensorMemory.ToArray<float>(b).CopyTo(flat, slots[AdapterFolder.NameOfB(module)].Offset);
        }
    }

    private static float[] Magnitude(Tensor weight, (float[] Values, long[] Shape) a, (float[] Values, long[] Shape) b, double scaling)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor update = LowRankUpdate.Of(tensor(b.Values, b.Shape), tensor(a.Values, a.Shape), scaling);
        return TensorMemory.ToArray<float>(DoraLinear.NormOfRows(weight.cpu(), update));
    }
}
