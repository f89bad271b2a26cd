using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>The same numbers as PyTorch and PEFT, on golden fixtures: logits, loss, every gradient, five AdamW steps, merged
/// logits.</summary>
[Trait("Category", "Fidelity")]
public sealed class FidelityTests
{
    private const double LogitsTolerance = 5e-6, LossTolerance = 1e-5, GradientTolerance = 5e-6, ParameterTolerance = 2e-5,
        IllConditionedTolerance = 5e-3;

    public static IEnumerable<TheoryDataRow<string, string>> Variants() => Fixture.All();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Agrees_with_the_reference(string model, string variant)
    {
        string folder = Fixture.Require(model, variant);
        using BaseModel baseModel = BaseModel.Load(Path.Combine(folder, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(folder, "batch.json"), baseModel.Config.PadId);
        string own = Path.Combine(folder, variant);
        switch (variant)
        {
            case "base":
                using (TrainableModel trained = TrainableModel.Create(baseModel, new TrainingOptions { Method = TrainingMethod.Head }))
                {
                    CheckLogits(trained, batch, Fixture.Tensors(Path.Combine(folder, "base_expected.safetensors"))["logits"], "logits");
                    double expected = Fixture.Json(Path.Combine(folder, "base_expected.json")).GetProperty("loss").GetDouble();
                    Assert.Equal(expected, trained.Evaluate(batch).LossSum / batch.Rows, LossTolerance);
                }
                break;
            case "full_ft":
                using (TrainableModel trained = TrainableModel.Create(baseModel, new TrainingOptions { Method = TrainingMethod.Full }))
                {
                    CheckGradients(trained, batch, Fixture.Tensors(Path.Combine(own, "grads.safetensors")));
                    CheckSteps(trained, batch, own);
                }
                break;
            default:
                using (TrainableModel trained = TrainableModel.WithAdapter(baseModel, Fixture.Adapter(own)))
                {
                    CheckAdapter(trained, batch, own);
                    CheckWritten(trained, baseModel, own);
                    CheckSteps(trained, batch, own);
                }
                break;
        }
    }

    private static void CheckAdapter(TrainableModel trained, TokenBatch batch, string own)
    {
        JsonElement expected = Fixture.Json(Path.Combine(own, "expected.json"));
        Dictionary<string, float[]> tensors = Fixture.Tensors(Path.Combine(own, "expected.safetensors"));
        Assert.Equal(expected.GetProperty("trainable_parameters").GetInt64(), trained.Layout.Length);
        Assert.Equal(expected.GetProperty("total_parameters").GetInt64(), trained.Plan.TotalParameters);
        Assert.Equal(expected.GetProperty("resolved_target_modules").Deserialize<string[]>()!.Order(), trained.Plan.Targets.Order());
        CheckLogits(trained, batch, tensors["logits"], "logits");
        CheckGradients(trained, batch,
            tensors.Where(t => t.Key.StartsWith("grad.", StringComparison.Ordinal)).ToDictionary(t => t.Key[5..], t => t.Value));

        byte[][] before = [.. trained.Adapters.Select(a => a.Weight.bytes.ToArray())];
        trained.Merge();
        CheckLogits(trained, batch, tensors["logits_merged"], "merged logits");
        string merged = Path.Combine(own, "merged", "model.safetensors");
        if (File.Exists(merged))
        {
            foreach ((string name, float[] values) in Fixture.Tensors(merged))
            {
                using Tensor flat = trained.Weight(name).detach().flatten();
                Fixture.Near(values, flat.data<float>().ToArray(), 1e-6, $"merged {name}");
            }
        }
        trained.Unmerge();
        Assert.Equal(before, trained.Adapters.Select(a => a.Weight.bytes.ToArray()));
        CheckLogits(trained, batch, tensors["logits"], "logits after merging and unmerging");
    }

    private static void CheckWritten(TrainableModel trained, BaseModel baseModel, string own)
    {
        using var folder = new TemporaryFolder();
        foreach (ResultFile file in ResultFiles.Of(trained, baseModel, "../../base")) File.WriteAllBytes(folder.File(file.Name),
            file.Content);
        AdapterFolder original = Fixture.Adapter(own), written = AdapterFolder.Read(folder.Path);
        Assert.Equal(original.Tensors.Keys.Order(), written.Tensors.Keys.Order());
        Assert.All(original.Tensors, t => Assert.Equal(t.Value.Shape, written.Tensors[t.Key].Shape));
        Assert.All(original.Tensors, t => Assert.Equal(t.Value.Values, written.Tensors[t.Key].Values));
        JsonElement a = Fixture.Json(Path.Combine(own, "adapter", AdapterFolder.ConfigFile)),
            b = Fixture.Json(folder.File(AdapterFolder.ConfigFile));
        static (int, double, double) At(LoraConfig c, string target) => (c.RankAt(target), c.AlphaAt(target), c.ScalingAt(target));
        Assert.All(trained.Plan.Targets, t => Assert.Equal(At(original.Config, t), At(written.Config, t)));
        string[] inOtherWords = ["target_modules", "rank_pattern", "alpha_pattern"];
        foreach (JsonProperty field in b.EnumerateObject().Where(f => !inOtherWords.Contains(f.Name)))
            Assert.True(JsonElement.DeepEquals(Number(a.GetProperty(field.Name)), Number(field.Value)),
                $"{field.Name} is {field.Value}, PEFT writes {a.GetProperty(field.Name)}");
    }

    /// <summary>0 and 0.0 are the same number.</summary>
    private static JsonElement Number(JsonElement e) =>
        e.ValueKind == JsonValueKind.Number ? JsonSerializer.SerializeToElement(e.GetDouble()) : e;

    private static void CheckLogits(TrainableModel trained, TokenBatch batch, float[] expected, string what)
    {
        using Tensor logits = trained.Logits(batch);
        Fixture.Near(expected, logits.data<float>().ToArray(), LogitsTolerance, what);
    }

    private static void CheckGradients(TrainableModel trained, TokenBatch batch, Dictionary<string, float[]> expected)
    {
        GradientSum sum = trained.LossAndGradient(batch);
        foreach (ParameterSlot slot in trained.Layout.Slots)
        {
            float[] mean = [.. sum.Gradient.AsSpan((int)slot.Offset, slot.Length).ToArray().Select(g => g / batch.Rows)];
            Fixture.Near(expected[slot.Name], mean, GradientTolerance, $"gradient of {slot.Name}");
        }
        Assert.Equal(trained.Layout.Slots.Select(s => s.Name).Order(), expected.Keys.Order());
    }

    private static void CheckSteps(TrainableModel trained, TokenBatch batch, string own)
    {
        JsonElement expected = Fixture.Json(Path.Combine(own, "expected.json"));
        double[] losses = expected.TryGetProperty("losses_before_each_step_then_after_5", out JsonElement l) ? l.Deserialize<double[]>()!
            : [];
        Assert.Equal(6, losses.Length);
        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < 5; step++)
        {
            GradientSum sum = trained.LossAndGradient(batch, step);
            Assert.Equal(losses[step], sum.LossSum / batch.Rows, LossTolerance);
            using var _ = no_grad();
            using Tensor gradient = tensor(sum.Gradient).Times(1.0 / batch.Rows);
            FusedAdamW.Step(trained.Parameters, gradient, m, v, step + 1, 1e-3, 0.9, 0.999, 1e-8, 0.01);
        }
        Assert.Equal(losses[5], trained.Evaluate(batch).LossSum / batch.Rows, LossTolerance);

        Dictionary<string, float[]> after = Fixture.Tensors(Path.Combine(own, "params_after5.safetensors"));
        string list = expected.TryGetProperty("ill_conditioned_after5", out _) ? "ill_conditioned_after5" : "param_maxdiff_fp32_vs_fp64";
        HashSet<string> ill = [.. expected.GetProperty(list).EnumerateObject().Select(p => p.Name)];
        float[] flat = trained.GetParameters();
        foreach (ParameterSlot slot in trained.Layout.Slots)
            Fixture.Near(after[slot.Name], flat.AsSpan((int)slot.Offset, slot.Length), ill.Contains(slot.Name) ? IllConditionedTolerance
                : ParameterTolerance, $"{slot.Name} after 5 steps");
    }
}
