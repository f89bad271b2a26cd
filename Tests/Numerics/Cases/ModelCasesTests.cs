using System.Text.Json;
using System.Text.Json.Nodes;
using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Cases;

/// <summary>Faults that users of such tools met in loading models and adapters: f11, f14, f23.</summary>
[Trait("Category", "Cases")]
public sealed class ModelCasesTests
{
    public static IEnumerable<TheoryDataRow<string>> Kind(string kind) => CaseFolder.Of(kind);

    [Theory]
    [MemberData(nameof(Kind), "f11")]
    public void Old_names_and_leftovers_load(string name)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using BaseModel model =
            BaseModel.Load(Path.Combine(folder, expected.TryGetProperty("model", out JsonElement m) ? m.GetString()! : "base"));
        foreach (JsonElement run in expected.GetProperty("runs").EnumerateArray()) CheckRun(model, null, run);
        if (expected.TryGetProperty("unused_tensors", out JsonElement unused)) Assert.Equal(unused.Deserialize<string[]>()!.Order(),
            model.Skipped.Order());
    }

    [Theory]
    [MemberData(nameof(Kind), "f14")]
    public void Labels_defaults_and_activations(string name)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using (BaseModel model = BaseModel.Load(Path.Combine(folder, "base")))
        {
            Assert.Equal(expected.GetProperty("labels_in_order").Deserialize<string[]>(), model.Config.Labels);
            foreach (JsonElement run in expected.GetProperty("runs").EnumerateArray()) CheckRun(model, null, run);
        }

        if (!expected.TryGetProperty("activation", out JsonElement activation)) return;
        foreach (JsonElement case_ in activation.GetProperty("set_hidden_act_to").EnumerateArray())
        {
            using var copy = new TemporaryFolder();
            SetActivation(Path.Combine(folder, activation.GetProperty("folder").GetString()!), copy,
                case_.GetProperty("hidden_act").GetString()!);
            using BaseModel model = BaseModel.Load(copy.Path);
            JsonObject run = JsonNode.Parse(activation.GetRawText())!.AsObject();
            run["logits"] = JsonNode.Parse(case_.GetProperty("logits").GetRawText());
            CheckRun(model, null, JsonSerializer.SerializeToElement(run));
        }
        foreach (string refused in activation.GetProperty("refuse").Deserialize<string[]>()!)
        {
            using var copy = new TemporaryFolder();
            SetActivation(Path.Combine(folder, activation.GetProperty("folder").GetString()!), copy, refused);
            var error = Assert.Throws<UserErrorException>(() => BaseModel.Load(copy.Path));
            Assert.Contains($"'{refused}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Kind), "f23")]
    public void Half_precision_adapters_are_widened_and_saved_in_fp32(string name)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using BaseModel model = BaseModel.Load(Path.Combine(folder, expected.GetProperty("base").GetString()!));
        foreach (JsonElement run in expected.GetProperty("runs").EnumerateArray())
        {
            AdapterFolder adapter = AdapterFolder.Read(Path.Combine(folder, run.GetProperty("name").GetString()!));
            CheckRun(model, adapter, run);

            using TrainableModel trained = TrainableModel.WithAdapter(model, adapter);
            using TokenBatch batch = Batch(run, model);
            using (Tensor gradient = tensor(trained.LossAndGradient(batch).Gradient), m = zeros_like(gradient), v = zeros_like(gradient))
            using (no_grad())
                FusedAdamW.Step(trained.Parameters, gradient, m, v, 1, 1e-3, 0.9, 0.999, 1e-8, 0);
            using var saved = new TemporaryFolder();
            foreach (ResultFile file in ResultFiles.Of(trained, model, "base")) File.WriteAllBytes(saved.File(file.Name), file.Content);
            using SafetensorsReader reader = SafetensorsReader.Open(saved.File(AdapterFolder.WeightsFile));
            Assert.All(reader.Tensors, t => Assert.Equal(SafetensorDtype.F32, t.Dtype));
        }
    }

    private static void SetActivation(string source, TemporaryFolder copy, string activation)
    {
        File.Copy(Path.Combine(source, "model.safetensors"), copy.File("model.safetensors"));
        JsonNode config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "config.json")))!;
        config["hidden_act"] = activation;
        File.WriteAllText(copy.File("config.json"), config.ToJsonString());
    }

    private static TokenBatch Batch(JsonElement run, BaseModel model)
    {
        int[][] ids = run.GetProperty("input_ids").Deserialize<int[][]>()!;
        int[][]? mask = run.TryGetProperty("attention_mask", out JsonElement m) ? m.Deserialize<int[][]>() : null;
        return TokenBatch.Of([.. ids.Select((r, k) => mask is null ? r : r[..mask[k].Sum()])], new int[ids.Length], model.Config.PadId);
    }

    private static void CheckRun(BaseModel model, AdapterFolder? adapter, JsonElement run)
    {
        using TrainableModel trained = adapter is null
            ? TrainableModel.Create(model, new TrainingOptions { Method = TrainingMethod.Head })
            : TrainableModel.WithAdapter(model, adapter);
        using TokenBatch batch = Batch(run, model);
        using Tensor logits = trained.Logits(batch);
        Fixture.Near(run.GetProperty("logits").Flat(), logits.data<float>().ToArray(), run.GetProperty("atol").GetDouble(), "logits");
    }
}
