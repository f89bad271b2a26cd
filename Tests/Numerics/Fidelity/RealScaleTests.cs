using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>A real encoder on real data: what PEFT trained scores the same here, and PEFT's steps are reproduced one by one.</summary>
[Trait("Category", "Fidelity")]
public sealed class RealScaleTests
{
    private static string Model => SharedData.Require(Path.Combine(SharedData.Data, "all-minilm-l6-v2"));

    private static string Sst2 => SharedData.Require(Path.Combine(SharedData.Data, "sst2"));

    public static IEnumerable<TheoryDataRow<string>> Folders(string ending)
    {
        string real = Path.Combine(SharedData.Fixtures, "real");
        if (!Directory.Exists(real)) return [new TheoryDataRow<string>("none")];
        return Directory.GetDirectories(real, "*-" + ending).Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f))
            .DefaultIfEmpty("none").Select(name => new TheoryDataRow<string>(name));
    }

    [Theory]
    [MemberData(nameof(Folders), "peft")]
    public void An_adapter_that_peft_trained_scores_the_same(string name)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Fixtures, "real", name));
        using BaseModel baseModel = BaseModel.Load(Model);
        using TrainableModel trained = TrainableModel.WithAdapter(baseModel, AdapterFolder.Read(folder));
        EncodedDataset dev = EncodedDataset.Encode(TextDataset.Load(Sst2, "dev"), BertTokenizer.Load(Model), 128);
        Dictionary<string, float[]> expected = Fixture.Tensors(Path.Combine(folder, "dev_logits.safetensors"));

        int correct = CheckLogits(trained, dev, expected["logits"]);
        trained.Merge();
        CheckLogits(trained, dev, expected["merged_logits"]);

        Assert.Equal(Fixture.Json(Path.Combine(folder, "dev_logits.json")).GetProperty("correct").GetInt32(), correct);
    }

    [Theory]
    [MemberData(nameof(Folders), "steps")]
    public void Peft_s_steps_are_reproduced(string name)
    {
        string folder = SharedData.Require(Path.Combine(SharedData.Fixtures, "real", name));
        JsonElement expected = Fixture.Json(Path.Combine(folder, "steps.json"));
        double[] rates = expected.GetProperty("lr").Deserialize<double[]>()!,
            losses = expected.GetProperty("losses").Deserialize<double[]>()!;
        double[] norms = expected.GetProperty("grad_norms_before_clipping").Deserialize<double[]>()!;
        JsonElement optimizer = expected.GetProperty("optimizer");
        int first = expected.GetProperty("first_row").GetInt32(), rows = expected.GetProperty("batch").GetInt32();
        AdapterFolder init = AdapterFolder.Read(Path.Combine(folder, "init")), final = AdapterFolder.Read(Path.Combine(folder, "final"));
        using BaseModel baseModel = BaseModel.Load(Model);
        using TrainableModel trained = TrainableModel.WithAdapter(baseModel, init);
        EncodedDataset train =
            EncodedDataset.Encode(TextDataset.Load(Sst2, "train", first + rows * rates.Length), BertTokenizer.Load(Model), 128);
        float[] start = trained.GetParameters();

        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < rates.Length; step++)
        {
            int[] batchRows = [.. Enumerable.Range(first + rows * step, rows)];
            using TokenBatch batch = TokenBatch.Of(train, batchRows, baseModel.Config.PadId);
            GradientSum sum = trained.LossAndGradient(batch, step, dropout: false);
            Assert.Equal(losses[step], sum.LossSum / rows, 1e-5);
            double norm = GlobalNorm.Of(sum.Gradient) / rows;
            Assert.Equal(1, norm / norms[step], 1e-4);
            using var _ = no_grad();
            double clip = optimizer.GetProperty("clip_global_norm").GetDouble();
            using Tensor gradient = tensor(sum.Gradient).Times(Math.Min(1, clip / (norm + 1e-6)) / rows);
            double decay = optimizer.GetProperty("weight_decay").GetDouble();
            FusedAdamW.Step(trained.Parameters, gradient, m, v, step + 1, rates[step], 0.9, 0.999, 1e-8, decay);
        }

        float[] end = trained.GetParameters();
        double moved = 0, off = 0;
        foreach (ParameterSlot slot in trained.Layout.Slots)
        {
            for (int i = 0; i < slot.Length; i++)
            {
                double target = final.Tensors[slot.Name].Values[i];
                moved += Math.Pow(target - start[slot.Offset + i], 2);
                off += Math.Pow(target - end[slot.Offset + i], 2);
            }
        }
        Assert.True(Math.Sqrt(off / moved) < 1e-3,
            FormattableString.Invariant($"the final adapter is off by {Math.Sqrt(off / moved):g3} of the movement"));
    }

    private static int CheckLogits(TrainableModel trained, EncodedDataset dev, float[] expected)
    {
        int correct = 0;
        var actual = new float[expected.Length];
        int labels = expected.Length / dev.Count;
        for (int row = 0; row < dev.Count; row++)
        {
            using TokenBatch batch = TokenBatch.Of(dev, [row], trained.Config.PadId);
            using Tensor logits = trained.Logits(batch);
            float[] values = logits.data<float>().ToArray();
            values.CopyTo(actual, row * labels);
            if (Array.IndexOf(values, values.Max()) == dev.Label(row)) correct++;
        }
        Fixture.Near(expected, actual, 5e-5, "logits");
        return correct;
    }
}
