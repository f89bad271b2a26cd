using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Merging;
using LoraCluster.Models;
using LoraCluster.Safetensors;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>What is trained and written here, PEFT and transformers read, and compute the same with it.</summary>
[Trait("Category", "Fidelity")]
public sealed class RoundTripTests : IDisposable
{
    private const double Tolerance = 5e-5;
    private readonly TemporaryFolder _folder = new();
    private readonly List<PeftQuestion> _questions = [];
    private readonly Dictionary<string, float[]> _expected = new(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(MergedModelTests.Variants), MemberType = typeof(MergedModelTests))]
    public void What_peft_wrote_is_written_again_byte_for_byte(string model, string variant)
    {
        string fixture = Fixture.Require(model), own = Path.Combine(fixture, variant);
        using BaseModel baseModel = BaseModel.Load(Path.Combine(fixture, "base"));
        using TrainableModel trained = TrainableModel.WithAdapter(baseModel, AdapterFolder.Read(Path.Combine(own, "adapter")));
        Written.Adapter(trained, baseModel, _folder.File("written"));
        using SafetensorsReader theirs = SafetensorsReader.Open(Path.Combine(own, "adapter", AdapterFolder.WeightsFile));
        using SafetensorsReader ours = SafetensorsReader.Open(Path.Combine(_folder.File("written"), AdapterFolder.WeightsFile));
        var named = theirs.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        AdapterFolder adapter = AdapterFolder.Read(Path.Combine(own, "adapter"));
        foreach (SafetensorInfo tensor in theirs.Tensors)
        {
            if (AdapterTensorNames.Canonical(tensor.Name, adapter.Config, named) is not { } name) continue;
            Assert.Equal(tensor.Shape, ours.Get(name).Shape);
            Assert.True(theirs.Bytes(tensor.Name).SequenceEqual(ours.Bytes(name)), name);
        }
    }

    [Fact]
    public async Task Peft_and_transformers_compute_the_same_with_what_is_trained_here()
    {
        foreach ((string name, string model, LoraConfig lora) in Cases()) Train(name, model, lora);
        Combine();
        Dictionary<string, float[]> answers = await PeftReference.AskAsync(_questions, _folder);
        var faults = new List<string>();
        foreach (PeftQuestion question in _questions)
        {
            try { Near(question, _expected[question.Name], answers[question.Name]); }
            catch (Xunit.Sdk.TrueException e) { faults.Add(e.Message); }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static IEnumerable<(string Name, string Model, LoraConfig Lora)> Cases()
    {
        var plain = new LoraConfig { Rank = 4, Alpha = 8 };
        LoraConfig all = plain with { TargetModules = TargetModules.AllLinear };
        var pattern = new ModulePattern([KeyValuePair.Create("layer.0.attention.self.query", 2.0)]);
        yield return ("bert plain", "bert-tiny", plain);
        yield return ("bert rslora", "bert-tiny", plain with { RankStabilized = true });
        yield return ("bert dora", "bert-tiny", all with { WeightDecomposed = true });
        yield return ("bert rank pattern", "bert-tiny", plain with { RankPattern = pattern, AlphaPattern = pattern });
        yield return ("bert pissa", "bert-tiny", plain with { Initialization = AdapterInitialization.Pissa });
        yield return ("bert olora dora", "bert-tiny",
            plain with { Initialization = AdapterInitialization.Olora, WeightDecomposed = true, RankStabilized = true });
        yield return ("bert bias all", "bert-tiny", plain with { Bias = BiasTraining.All });
        yield return ("bert embedding", "bert-tiny", plain with { TargetModules = TargetModules.Named("word_embeddings", "value") });
        yield return ("distilbert plain", "distilbert-tiny", plain);
        yield return ("roberta gaussian", "roberta-tiny", all with { Initialization = AdapterInitialization.Gaussian });
        yield return ("opt plain", "opt-tiny", all);
        yield return ("opt dora", "opt-tiny", plain with { WeightDecomposed = true });
        yield return ("opt bias all", "opt-tiny", plain with { Bias = BiasTraining.All });
        yield return ("opt lm_head", "opt-tiny", plain with { TargetModules = TargetModules.Named("q_proj", "lm_head") });
        yield return ("llama plain", "llama-tiny", all);
        yield return ("llama rslora dora", "llama-tiny", all with { RankStabilized = true, WeightDecomposed = true });
        yield return ("llama pissa", "llama3-rope-tied-tiny", plain with { Initialization = AdapterInitialization.Pissa });
    }

    private void Train(string name, string model, LoraConfig lora)
    {
        string fixture = Fixture.Require(model), baseFolder = Path.Combine(fixture, "base"), rows = Path.Combine(fixture, "batch.json");
        string adapterFolder = _folder.File(name), mergedFolder = _folder.File(name + " merged");
        using BaseModel baseModel = BaseModel.Load(baseFolder);
        using TokenBatch batch = Fixture.Batch(rows, baseModel);
        using TrainableModel trained = TrainableModel.Create(baseModel, new TrainingOptions { Lora = lora, Seed = 3 });
        Steps(trained, batch);
        float[] logits = MergedFolder.Logits(trained, batch);
        AdapterFolder adapter = Written.Adapter(trained, baseModel, adapterFolder);
        using (MergedModel merged = MergedModel.Open(baseFolder, adapter)) merged.WriteTo(mergedFolder);
        string task = baseModel.Family.Task.ToString();
        Ask(new PeftQuestion(name, baseFolder, task, rows, [adapterFolder]), logits);
        var whole = new PeftQuestion(name + " merged", mergedFolder, task, rows, [], Strict: true);
        Ask(whole, logits);
        Near(whole, logits, MergedFolder.Logits(mergedFolder, rows));
    }

    /// <summary>Two adapters of one base, combined in each way here and by PEFT.</summary>
    private void Combine()
    {
        string fixture = Fixture.Require("llama-tiny");
        string baseFolder = Path.Combine(fixture, "base"), rows = Path.Combine(fixture, "batch.json");
        var lora = new LoraConfig { Rank = 4, Alpha = 8, Initialization = AdapterInitialization.Random };
        using BaseModel model = BaseModel.Load(baseFolder);
        using TokenBatch batch = Fixture.Batch(rows, model);
        string[] folders = [_folder.File("first"), _folder.File("second")];
        LoraConfig[] configs = [lora, lora with { Alpha = 6, TargetModules = TargetModules.Named("q", "k") }];
        double[] weights = [0.7, -0.4];
        List<WeightedAdapter> parts = [];
        for (int i = 0; i < 2; i++)
        {
            using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Lora = configs[i], Seed = (ulong)i });
            parts.Add(new WeightedAdapter(Written.Adapter(trained, model, folders[i]), weights[i]));
        }
        foreach (CombinationType type in Enum.GetValues<CombinationType>())
        {
            using TrainableModel combined = TrainableModel.WithAdapter(model, AdapterCombination.Combine(type, parts));
            // PEFT's svd counts the scaling once more than its other types do.
            double[] asked = type == CombinationType.Svd ? [.. weights.Zip(configs, (w, c) => w / c.Scaling)] : weights;
            Ask(new PeftQuestion($"combination {type}", baseFolder, "CausalLm", rows, folders, type.ToString().ToLowerInvariant(), asked),
                MergedFolder.Logits(combined, batch));
        }
    }

    private void Ask(PeftQuestion question, float[] expected)
    {
        _questions.Add(question);
        _expected.Add(question.Name, expected);
    }

    private static void Near(PeftQuestion question, float[] expected, float[] actual)
    {
        if (question.Task == nameof(ModelTask.CausalLm)) Fixture.NearAtTokens(expected, actual, question.Batch, Tolerance, question.Name);
        else Fixture.Near(expected, actual, Tolerance, question.Name);
    }

    private static void Steps(TrainableModel trained, TokenBatch batch)
    {
        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < 3; step++)
        {
            GradientSum sum = trained.LossAndGradient(batch, step);
            using var _ = no_grad();
            using Tensor gradient = tensor(sum.Gradient).Times(1.0 / sum.Rows);
            FusedAdamW.Step(trained.Parameters, gradient, m, v, step + 1, 1e-2, 0.9, 0.999, 1e-8, 0.01);
        }
    }
}
