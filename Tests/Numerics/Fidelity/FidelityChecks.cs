using System.Text.Json;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>Compares a model with the golden numbers of its folder, each within its tolerance, and takes down how far it was
/// off.</summary>
internal sealed class FidelityChecks(string folder, TokenBatch batch, ModelTask task, FidelityRow row)
{
    public const double ClassifierLogits = 5e-6, LanguageLogits = 5e-5, LossTolerance = 1e-5, GradientTolerance = 5e-6,
        ParameterTolerance = 2e-5, IllConditionedTolerance = 5e-3;

    public void Logits(TrainableModel trained, float[] expected, bool merged = false)
    {
        using Tensor logits = trained.Logits(batch);
        float[] actual = logits.cpu().data<float>().ToArray();
        string what = merged ? "merged logits" : "logits";
        double largest = task == ModelTask.CausalLm
            ? Fixture.NearAtTokens(expected, actual, Path.Combine(folder, "batch.json"), LanguageLogits, what)
            : Fixture.Near(expected, actual, ClassifierLogits, what);
        if (merged) row.MergedLogits = Math.Max(row.MergedLogits ?? 0, largest);
        else row.Logits = Math.Max(row.Logits ?? 0, largest);
    }

    public void Loss(double expected, GradientSum sum)
    {
        double off = Math.Abs(expected - sum.LossSum / sum.Rows);
        Assert.True(off <= LossTolerance, FormattableString.Invariant($"loss is off by {off:g3}, allowed {LossTolerance:g3}"));
        row.Loss = Math.Max(row.Loss ?? 0, off);
    }

    public void Gradients(TrainableModel trained, Dictionary<string, float[]> expected)
    {
        GradientSum sum = trained.LossAndGradient(batch);
        foreach (ParameterSlot slot in trained.Layout.Slots)
        {
            float[] mean = [.. sum.Gradient.AsSpan((int)slot.Offset, slot.Length).ToArray().Select(g => g / sum.Rows)];
            row.Gradients = Math.Max(row.Gradients ?? 0,
                Fixture.Near(expected[slot.Name], mean, GradientTolerance, $"gradient of {slot.Name}"));
        }
        Assert.Equal(trained.Layout.Slots.Select(s => s.Name).Order(), expected.Keys.Order());
    }

    public void Steps(TrainableModel trained, string own)
    {
        JsonElement expected = Fixture.Json(Path.Combine(own, "expected.json"));
        double[] losses = expected.TryGetProperty("losses_before_each_step_then_after_5", out JsonElement l) ? l.Deserialize<double[]>()!
            : [];
        Assert.Equal(6, losses.Length);
        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < 5; step++)
        {
            GradientSum sum = trained.LossAndGradient(batch, step);
            Loss(losses[step], sum);
            using var _ = no_grad();
            using Tensor gradient = tensor(sum.Gradient, device: trained.Parameters.device).Times(1.0 / sum.Rows);
            FusedAdamW.Step(trained.Parameters, gradient, m, v, step + 1, 1e-3, 0.9, 0.999, 1e-8, 0.01);
        }
        Loss(losses[5], trained.Evaluate(batch));

        Dictionary<string, float[]> after = Fixture.Tensors(Path.Combine(own, "params_after5.safetensors"));
        string list = expected.TryGetProperty("ill_conditioned_after5", out _) ? "ill_conditioned_after5" : "param_maxdiff_fp32_vs_fp64";
        HashSet<string> ill = [.. expected.GetProperty(list).EnumerateObject().Select(p => p.Name)];
        float[] flat = trained.GetParameters();
        foreach (ParameterSlot slot in trained.Layout.Slots)
        {
            bool conditioned = !ill.Contains(slot.Name);
            double off = Fixture.Near(after[slot.Name], flat.AsSpan((int)slot.Offset, slot.Length),
                conditioned ? ParameterTolerance : IllConditionedTolerance, $"{slot.Name} after 5 steps");
            if (conditioned) row.Parameters = Math.Max(row.Parameters ?? 0, off);
        }
    }
}
