using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Training;

/// <summary>
/// An adapter that starts from a part of the base weight (PiSSA, OLoRA): what is frozen below it is the rest, W - s B0 A0, on a packed copy
/// of its own. A result of such a run is written as plain LoRA of twice the rank on the base as it is:
/// s (B A - B0 A0) = s [B, -B0] [A; A0].
/// </summary>
internal sealed class DecomposedStart : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly BaseModel _model;
    private readonly TrainablePlan _plan;
    private readonly float[] _start;

    /// <summary>For a plan whose initialization changes the base.</summary>
    /// <param name="model">The base; not changed.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="start">The flat vector of <see cref="InitialValues"/>.</param>
    public DecomposedStart(BaseModel model, TrainablePlan plan, float[] start) => (_model, _plan, _start) = (model, plan, start);

    /// <summary>First A and B of a module, fp32 on the CPU; the caller disposes them.</summary>
    public static (Tensor A, Tensor B) Decompose(LoraConfig lora, string module, Tensor weight) =>
        lora.Initialization == AdapterInitialization.Pissa
            ? PissaInitialization.Of(weight, lora.RankAt(module), lora.ScalingAt(module))
            : OloraInitialization.Of(weight, lora.RankAt(module));

    /// <summary>The rest of a module's weight with its bias; owned by this object.</summary>
    /// <param name="module">A target.</param>
    /// <param name="trainedBias">The bias, where it is trained.</param>
    public BaseLinear Rest(string module, Tensor? trainedBias)
    {
        using var _ = no_grad();
        Tensor weight = _model.Weight(module + ".weight"), rest;
        Tensor? bias = trainedBias ?? _model.Bias(module);
        using (NewDisposeScope())
        {
            Tensor part = LowRankUpdate.Of(
                Start(AdapterFolder.NameOfB(module)), Start(AdapterFolder.NameOfA(module)), -_plan.Lora!.ScalingAt(module));
            rest = weight.Plus(part.to(weight.device)).DetachFromDisposeScope();
        }
        ScalarType dtype = _model.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        FrozenLinear frozen = FrozenLinear.Create(rest, trainedBias is null ? bias : null, dtype);
        _owned.AddRange([rest, frozen]);
        return trainedBias is null ? new BaseLinear(frozen, rest, bias) : BaseLinear.WithTrainedBias(frozen.Weight, rest, trainedBias);
    }

    /// <summary>The configuration of the plain LoRA that a result becomes.</summary>
    public static LoraConfig AsPlainLora(LoraConfig lora, IEnumerable<string> targets)
    {
        List<string> modules = [.. targets];
        double factor = lora.RankStabilized ? Math.Sqrt(2) : 2;
        return lora with
        {
            Rank = 2 * lora.Rank,
            Alpha = factor * lora.Alpha,
            RankPattern = new(modules.Select(m => KeyValuePair.Create(m, 2.0 * lora.RankAt(m)))),
            AlphaPattern = new(modules.Select(m => KeyValuePair.Create(m, factor * lora.AlphaAt(m)))),
            Initialization = AdapterInitialization.KaimingUniform,
        };
    }

    /// <summary>A slot's tensor as the plain LoRA has it.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="values">Its values after training.</param>
    public (long[] Shape, float[] Values) AsPlainLora(ParameterSlot slot, ReadOnlySpan<float> values)
    {
        ReadOnlySpan<float> start = _start.AsSpan((int)slot.Offset, slot.Length);
        TrainedRole role = _plan.TrainedAt(slot).Role;
        if (role == TrainedRole.A) return ([2 * slot.Shape[0], slot.Shape[1]], [.. values, .. start]);
        if (role != TrainedRole.B) return (slot.Shape, values.ToArray());
        int rank = (int)slot.Shape[1];
        var joined = new float[2 * slot.Length];
        for (int row = 0; row < slot.Shape[0]; row++)
        {
            values.Slice(row * rank, rank).CopyTo(joined.AsSpan(2 * row * rank));
            for (int k = 0; k < rank; k++) joined[(2 * row + 1) * rank + k] = -start[row * rank + k];
        }
        return ([slot.Shape[0], 2 * rank], joined);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable thing in _owned) thing.Dispose();
    }

    private Tensor Start(string name)
    {
        ParameterSlot slot = _plan.Layout.Slots.Single(s => s.Name == name);
        return tensor(_start.AsSpan((int)slot.Offset, slot.Length).ToArray(), slot.Shape);
    }
}
