using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tests.Numerics.Merging;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>With bf16 products, logits and gradients are at most 1.5 times as far from fp32 as PEFT's autocast on the same batch.</summary>
/// <param name="table">Takes down the errors.</param>
[Trait("Category", "Fidelity")]
public sealed class Bf16Tests(FidelityTable table) : IDisposable
{
    private const double Allowed = 1.5;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed record Question(string Name, string Model, string Task, string Batch, string Adapter);

    [Fact]
    public async Task Bf16_is_as_near_to_fp32_as_peft_s_autocast()
    {
        List<Question> questions = [.. Questions()];
        Assert.SkipUnless(questions.Count > 0, $"optional local data is absent: {SharedData.Fixtures}");
        Dictionary<string, float[]> theirs = await PeftReference.AskAsync("Fidelity/bf16_errors.py", questions, _folder);
        var faults = new List<string>();
        // Over all variants of a model: where a unit's input is nearly zero, ReLU is on in one precision and off in the other, and one such
        // unit moves a single tiny gradient by several per cent, here or there.
        foreach (IGrouping<string, Question> model in questions.GroupBy(q => q.Name.Split('/')[0]))
        {
            List<(double Logits, double Gradient)> ours = [.. model.Select(Errors)];
            (double logits, double theirLogits) = (Mean(ours.Select(e => e.Logits)), Mean(model.Select(q => (double)theirs[q.Name][0])));
            (double gradient, double theirGradient) = (Mean(ours.Select(e => e.Gradient)),
                Mean(model.Select(q => (double)theirs[q.Name][1])));
            string told = FormattableString.Invariant(
                $"{model.Key}: logits {logits:0.0e0} (PEFT {theirLogits:0.0e0}), gradient {gradient:0.0e0} (PEFT {theirGradient:0.0e0})");
            table.Add(new Bf16Row(model.Key, logits, theirLogits, gradient, theirGradient));
            if (logits > Allowed * theirLogits || gradient > Allowed * theirGradient) faults.Add(told);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Root mean square.</summary>
    private static double Mean(IEnumerable<double> errors) => Math.Sqrt(errors.Average(e => e * e));

    private IEnumerable<Question> Questions()
    {
        if (!Directory.Exists(SharedData.Fixtures)) yield break;
        foreach (string model in Directory.GetDirectories(SharedData.Fixtures).Order(StringComparer.Ordinal))
        {
            if (!Directory.Exists(Path.Combine(model, "base"))) continue;
            (ModelFamily family, _) = ModelFamily.Read(Path.Combine(model, "base", "config.json"));
            foreach (string variant in Directory.GetDirectories(model).Order(StringComparer.Ordinal))
            {
                string adapter = Path.Combine(variant, "adapter");
                if (!Directory.Exists(adapter) || AdapterFolder.ReadConfig(Path.Combine(adapter, AdapterFolder.ConfigFile)).Bias != default)
                    continue;
                yield return new Question($"{Path.GetFileName(model)}/{Path.GetFileName(variant)}", Path.Combine(model, "base"),
                    family.Task.ToString(), Path.Combine(model, "batch.json"), adapter);
            }
        }
        string real = Path.Combine(SharedData.Fixtures, "real", "minilm-l6-sst2-peft");
        string encoder = Path.Combine(SharedData.Data, "all-minilm-l6-v2");
        if (Directory.Exists(real) && Directory.Exists(encoder))
            yield return new Question("MiniLM-L6", encoder, nameof(ModelTask.SequenceClassification), RealBatch(encoder), real);
    }

    /// <summary>Thirty-two rows of SST-2.</summary>
    private string RealBatch(string encoder)
    {
        EncodedDataset rows = EncodedDataset.Encode(TextDataset.Load(Path.Combine(SharedData.Data, "sst2"), "train", 32),
            TokenizerFolder.Load(encoder), 128);
        int width = Enumerable.Range(0, rows.Count).Max(rows.Length);
        int[][] ids = [.. Enumerable.Range(0, rows.Count).Select(i => rows.Ids(i).ToArray())];
        string path = _folder.File("real.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            input_ids = ids.Select(r => r.Concat(Enumerable.Repeat(0, width - r.Length))),
            attention_mask = ids.Select(r => Enumerable.Range(0, width).Select(t => t < r.Length ? 1 : 0)),
            labels = Enumerable.Range(0, rows.Count).Select(rows.Label),
        }));
        return path;
    }

    private static (double Logits, double Gradient) Errors(Question q)
    {
        (float[] logits, float[] gradient) = Run(q, Precision.Float32);
        (float[] logits16, float[] gradient16) = Run(q, Precision.BFloat16);
        return (Error(logits16, logits), Error(gradient16, gradient));
    }

    private static (float[] Logits, float[] Gradient) Run(Question q, Precision precision)
    {
        using BaseModel model = BaseModel.Load(q.Model, precision);
        using TokenBatch batch = Fixture.Batch(q.Batch, model);
        using TrainableModel trained = TrainableModel.WithAdapter(model, AdapterFolder.Read(q.Adapter));
        using Tensor logits = trained.Logits(batch);
        float[] values = logits.data<float>().ToArray();
        if (model.Family.Task == ModelTask.CausalLm) values = Fixture.AtTokens(values, q.Batch);
        return (values, trained.LossAndGradient(batch, dropout: false).Gradient);
    }

    private static double Error(float[] a, float[] b) =>
        Math.Sqrt(a.Zip(b).Sum(p => Math.Pow((double)p.First - p.Second, 2)) / b.Sum(v => (double)v * v));
}
