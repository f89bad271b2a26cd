using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>The same numbers as PyTorch and PEFT, on golden fixtures: logits, loss, every gradient, five AdamW steps, merged
/// logits.</summary>
/// <param name="table">Takes down the largest differences.</param>
[Trait("Category", "Fidelity")]
public sealed class FidelityTests(FidelityTable table)
{
    public static IEnumerable<TheoryDataRow<string, string>> Variants() => Fixture.All();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Agrees_with_the_reference(string model, string variant)
    {
        string folder = Fixture.Require(model), own = Path.Combine(folder, variant);
        using BaseModel baseModel = BaseModel.Load(Path.Combine(folder, "base"), device: TestDevice.Current);
        using TokenBatch batch = Fixture.Batch(Path.Combine(folder, "batch.json"), baseModel);
        var checks = new FidelityChecks(folder, batch, baseModel.Family.Task, table.Row(model, variant));
        switch (variant)
        {
            case "base":
                using (TrainableModel trained = TrainableModel.Frozen(baseModel))
                {
                    checks.Logits(trained, Fixture.Tensors(Path.Combine(folder, "base_expected.safetensors"))["logits"]);
                    checks.Loss(Fixture.Json(Path.Combine(folder, "base_expected.json")).GetProperty("loss").GetDouble(),
                        trained.Evaluate(batch));
                }
                break;
            case "full_ft":
                using (TrainableModel trained = TrainableModel.Create(baseModel, new TrainingOptions { Method = TrainingMethod.Full }))
                {
                    checks.Gradients(trained, Fixture.Tensors(Path.Combine(own, "grads.safetensors")));
                    checks.Steps(trained, own);
                }
                break;
            default:
                using (TrainableModel trained = TrainableModel.WithAdapter(baseModel, Fixture.Adapter(own)))
                {
                    CheckAdapter(trained, checks, own);
                    CheckWritten(trained, baseModel, own);
                    checks.Steps(trained, own);
                }
                break;
        }
    }

    private static void CheckAdapter(TrainableModel trained, FidelityChecks checks, string own)
    {
        JsonElement expected = Fixture.Json(Path.Combine(own, "expected.json"));
        Dictionary<string, float[]> tensors = Fixture.Tensors(Path.Combine(own, "expected.safetensors"));
        Assert.Equal(expected.GetProperty("trainable_parameters").GetInt64(), trained.Layout.Length);
        Assert.Equal(expected.GetProperty("total_parameters").GetInt64(), trained.Plan.TotalParameters);
        Assert.Equal(expected.GetProperty("resolved_target_modules").Deserialize<string[]>()!.Order(), trained.Plan.Targets.Order());
        checks.Logits(trained, tensors["logits"]);
        checks.Gradients(trained,
            tensors.Where(t => t.Key.StartsWith("grad.", StringComparison.Ordinal)).ToDictionary(t => t.Key[5..], t => t.Value));

        byte[][] before = [.. trained.Adapters.Select(a => a.Weight.cpu().bytes.ToArray())];
        trained.Merge();
        checks.Logits(trained, MergedLogits(trained, tensors), merged: true);
        string merged = Path.Combine(own, "merged", "model.safetensors");
        if (File.Exists(merged))
        {
            foreach ((string name, float[] values) in Fixture.Tensors(merged))
            {
                using Tensor flat = trained.Weight(name).detach().cpu().flatten();
                Fixture.Near(values, flat.data<float>().ToArray(), 1e-6, $"merged {name}");
            }
        }
        trained.Unmerge();
        Assert.Equal(before, trained.Adapters.Select(a => a.Weight.cpu().bytes.ToArray()));
        checks.Logits(trained, tensors["logits"]);
    }

    /// <summary>PEFT merges an adapter of a tied embedding (or head) into the weight that both use, and its merged logits are others than
    /// before; merging must not change them.</summary>
    private static float[] MergedLogits(TrainableModel trained, Dictionary<string, float[]> tensors)
    {
        ModelLayout layout = trained.Base.Layout;
        bool shared = layout.TiedTo is { } table && (trained.Plan.Targets.Contains(table)
            || trained.Plan.Targets.Contains(layout.OutputHead!));
        return tensors[shared ? "logits" : "logits_merged"];
    }

    private static void CheckWritten(TrainableModel trained, BaseModel baseModel, string own)
    {
        using var folder = new TemporaryFolder();
        JsonElement config = Fixture.Json(Path.Combine(own, "adapter", AdapterFolder.ConfigFile));
        string name = config.GetProperty("base_model_name_or_path").GetString()!;
        foreach (ResultFile file in ResultFiles.Of(trained, baseModel, name)) File.WriteAllBytes(folder.File(file.Name),
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
}
