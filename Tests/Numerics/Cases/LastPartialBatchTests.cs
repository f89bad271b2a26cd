using System.Text.Json;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Tokenizers;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Cases;

/// <summary>f29: steps per epoch, the schedule, each row once an epoch, and the gradient of an incomplete batch.</summary>
[Trait("Category", "Cases")]
public sealed class LastPartialBatchTests
{
    public static IEnumerable<TheoryDataRow<string>> Kind() => CaseFolder.Of("f29");

    [Theory]
    [MemberData(nameof(Kind))]
    public void Steps_rates_and_rows(string name)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using BaseModel model = BaseModel.Load(Path.Combine(folder, "base"));
        TextDataset rows = TextDataset.Load(Path.Combine(folder, "data"), "train");
        EncodedDataset data = EncodedDataset.Encode(rows, BertTokenizer.Load(Path.Combine(folder, "base")), model.Config.Positions);
        int epochs = expected.GetProperty("epochs").GetInt32(), steps = expected.GetProperty("steps").GetInt32();
        AdapterFolder adapter = AdapterFolder.Read(Path.Combine(folder, "adapter"));
        var options = new TrainingOptions
        {
            Lora = adapter.Config, GlobalBatchSize = expected.GetProperty("global_batch").GetInt32(),
                MicroBatchSize = expected.GetProperty("micro_batch").GetInt32(),
            Epochs = epochs, LearningRate = 1e-3, Warmup = 2.0 / steps + 1e-9, MaxLength = model.Config.Positions,
        };
        double[] rates = expected.GetProperty("learning_rates_linear_warmup_2_base_1e-3").Deserialize<double[]>()!;
        for (int trainers = 1; trainers <= 2; trainers++)
        {
            using var replica = new TrainingReplica(model, options, data, data, "base");
            Assert.Equal(steps, replica.Steps);
            var plan = new BatchPlan([.. Enumerable.Range(0, data.Count).Select(data.Length)], options);
            var used = new int[data.Count];
            while (replica.Step < replica.Steps)
            {
                Assert.Equal(rates[replica.Step], replica.LearningRate, 1e-10);
                if (replica.Step % plan.StepsPerEpoch == 0) Assert.All(used, u =>
                    Assert.Equal(replica.Step / plan.StepsPerEpoch * expected.GetProperty("every_row_per_epoch").GetInt32(), u));
                var reducer = new TreeReducer(ReductionTree.Root(replica.MicroBatches), replica.MicroBatches);
                for (int m = 0; m < replica.MicroBatches; m++)
                {
                    foreach (int row in plan.MicroBatch(replica.Step, m)) used[row]++;
                    reducer.Add(new TreeNode(0, m), replica.ComputeMicroBatch(m));
                }
                replica.ApplyStep(reducer.Result!);
            }
            Assert.All(used, u => Assert.Equal(epochs, u));
        }
        foreach (JsonElement row in expected.GetProperty("steps_table").EnumerateArray())
        {
            var sized = options with { GlobalBatchSize = row.GetProperty("global_batch").GetInt32(), MicroBatchSize = 1,
                Epochs = row.GetProperty("epochs").GetInt32() };
            var plan = new BatchPlan([.. Enumerable.Repeat(5, row.GetProperty("rows").GetInt32())], sized);
            Assert.Equal(row.GetProperty("steps").GetInt32(), plan.Steps);
            Assert.Equal(row.GetProperty("rows_in_last_step").GetInt32(), plan.Batch(plan.StepsPerEpoch - 1).Length);
        }
    }

    [Theory]
    [MemberData(nameof(Kind))]
    public void An_incomplete_batch_is_divided_by_its_real_rows(string name)
    {
        (string folder, JsonElement expected) = CaseFolder.Open(name);
        using BaseModel model = BaseModel.Load(Path.Combine(folder, "base"));
        EncodedDataset data = EncodedDataset.Encode(TextDataset.Load(Path.Combine(folder, "data"), "train"),
            BertTokenizer.Load(Path.Combine(folder, "base")), model.Config.Positions);
        using TrainableModel trained = TrainableModel.WithAdapter(model, AdapterFolder.Read(Path.Combine(folder, "adapter")));
        JsonElement window = expected.GetProperty("window_rows_8_9_10");

        var reducer = new TreeReducer(ReductionTree.Root(2), 2);
        int[][] parts = [[8, 9], [10]];
        for (int m = 0; m < parts.Length; m++)
        {
            using TokenBatch batch = TokenBatch.Of(data, parts[m], model.Config.PadId);
            reducer.Add(new TreeNode(0, m), trained.LossAndGradient(batch, 0, m));
        }
        GradientSum sum = reducer.Result!;

        Assert.Equal(3, sum.Rows);
        Assert.Equal(window.GetProperty("loss").GetDouble(), sum.LossSum / sum.Rows,
            expected.GetProperty("atol").GetProperty("loss").GetDouble());
        Dictionary<string, float[]> gradients = Fixture.Tensors(Path.Combine(folder, window.GetProperty("grads").GetString()!));
        foreach (ParameterSlot slot in trained.Layout.Slots)
        {
            float[] mean = [.. sum.Gradient.AsSpan((int)slot.Offset, slot.Length).ToArray().Select(g => g / sum.Rows)];
            Fixture.Near(gradients.First(g => g.Key.EndsWith(slot.Name, StringComparison.Ordinal)).Value, mean,
                expected.GetProperty("atol").GetProperty("grads").GetDouble(), slot.Name);
        }
    }
}
