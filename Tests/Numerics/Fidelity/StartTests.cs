using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Fidelity;

/// <summary>Fresh adapters: what they start from, and that starts which change the base end as plain LoRA on the base.</summary>
[Trait("Category", "Fidelity")]
public sealed class StartTests
{
    private static string Model => SharedData.Require(Path.Combine(SharedData.Fixtures, "bert-tiny"));

    // The losses were asked of PEFT 0.20 (bert-tiny, r 4, alpha 8, query and value, the fixtures' batch and AdamW).
    [Theory]
    [InlineData(AdapterInitialization.Pissa, false, new[] { 0.9857909, 0.9696013, 0.9539379, 0.9387714, 0.9240548, 0.9097477 })]
    [InlineData(AdapterInitialization.Pissa, true, new[] { 0.9857907, 0.9660280, 0.9469776, 0.9285834, 0.9107686, 0.8934758 })]
    [InlineData(AdapterInitialization.Olora, false, new[] { 0.9857909, 0.9666214, 0.9481248, 0.9303141, 0.9131890, 0.8967490 })]
    [InlineData(AdapterInitialization.Olora, true, new[] { 0.9857909, 0.9552674, 0.9262153, 0.8987294, 0.8729379, 0.8489326 })]
    public void Starts_that_change_the_base_train_as_in_peft_and_end_as_plain_lora(AdapterInitialization kind, bool dora, double[] losses)
    {
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), model);
        var lora = new LoraConfig { Rank = 4, Alpha = 8, Initialization = kind, WeightDecomposed = dora, RankStabilized = dora };
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Lora = lora });
        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < 5; step++)
        {
            GradientSum sum = trained.LossAndGradient(batch, step);
            Assert.Equal(losses[step], sum.LossSum / batch.Rows, 1e-5);
            using var _ = no_grad();
            using Tensor gradient = tensor(sum.Gradient).Times(1.0 / batch.Rows);
            FusedAdamW.Step(trained.Parameters, gradient, m, v, step + 1, 1e-3, 0.9, 0.999, 1e-8, 0.01);
        }
        Assert.Equal(losses[5], trained.Evaluate(batch).LossSum / batch.Rows, 1e-5);

        using TrainableModel reloaded = Reload(trained, model, out LoraConfig written);
        Assert.Equal((8, AdapterInitialization.KaimingUniform), (written.Rank, written.Initialization));
        Assert.Equal(lora.Scaling, written.Scaling, 1e-12);
        Near(trained, reloaded, batch, 5e-6);
        trained.Merge();
        Near(trained, reloaded, batch, 5e-6);
    }

    // The losses were asked of PEFT 0.20: create_loraplus_optimizer with lr 1e-3, ratio 16 and no weight decay, on bert-tiny's qv adapter.
    [Fact]
    public void Lora_plus_trains_as_in_peft()
    {
        double[] losses = [1.0171076, 0.9113203, 0.8191566, 0.7400416, 0.6733095, 0.6171408];
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), model);
        using TrainableModel trained = TrainableModel.WithAdapter(model, Fixture.Adapter(Path.Combine(Model, "qv")));
        IReadOnlyList<ParameterGroup> groups = ParameterGroup.Of(trained.Plan, 16);
        Assert.Equal(trained.Layout.Length, groups.Sum(g => g.Length));
        using Tensor m = zeros_like(trained.Parameters), v = zeros_like(trained.Parameters);
        for (int step = 0; step < 5; step++)
        {
            GradientSum sum = trained.LossAndGradient(batch, step);
            Assert.Equal(losses[step], sum.LossSum / batch.Rows, 1e-5);
            using var _ = no_grad();
            using Tensor gradient = tensor(sum.Gradient).Times(1.0 / batch.Rows);
            foreach (ParameterGroup group in groups)
            {
                Tensor Of(Tensor flat) => flat.narrow(0, group.Offset, group.Length);
                FusedAdamW.Step(Of(trained.Parameters), Of(gradient), Of(m), Of(v), step + 1, 1e-3 * group.RateFactor, 0.9, 0.999, 1e-8, 0);
            }
        }
        Assert.Equal(losses[5], trained.Evaluate(batch).LossSum / batch.Rows, 1e-5);
    }

    [Theory]
    [InlineData(AdapterInitialization.KaimingUniform)]
    [InlineData(AdapterInitialization.Gaussian)]
    public void A_fresh_adapter_changes_nothing_and_a_random_one_does(AdapterInitialization kind)
    {
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), model);
        using TrainableModel plain = TrainableModel.Create(model, new TrainingOptions { Method = TrainingMethod.Head });
        foreach (bool dora in new[] { false, true })
        {
            var lora = new LoraConfig { Rank = 64, Initialization = kind, WeightDecomposed = dora, Bias = BiasTraining.All,
                TargetModules = TargetModules.Named("q", "v", "word_embeddings") };
            using TrainableModel fresh = TrainableModel.Create(model, new TrainingOptions { Lora = lora, Seed = 5 });
            Near(plain, fresh, batch, 2e-6);
            ParameterSlot a = fresh.Layout.Slots.First(s => s.Name.EndsWith("query.lora_A.weight", StringComparison.Ordinal));
            ReadOnlySpan<float> values = fresh.GetParameters().AsSpan((int)a.Offset, a.Length);
            double deviation = System.Numerics.Tensors.TensorPrimitives.Norm(values) / Math.Sqrt(values.Length);
            double expected = kind == AdapterInitialization.Gaussian ? 1.0 / 64 : 1 / Math.Sqrt(3 * 32);
            Assert.Equal(1, deviation / expected, 0.05);

            lora = lora with { Initialization = AdapterInitialization.Random };
            using TrainableModel random = TrainableModel.Create(model, new TrainingOptions { Lora = lora, Seed = 5 });
            Assert.Throws<Xunit.Sdk.TrueException>(() => Near(plain, random, batch, 1e-3));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_bf16_dora_is_as_near_to_fp32_as_lora_is(bool embeddings)
    {
        using BaseModel full = BaseModel.Load(Path.Combine(Model, "base")), half = BaseModel.Load(Path.Combine(Model, "base"),
            Precision.BFloat16);
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), full);
        double Error(bool dora)
        {
            var lora = new LoraConfig { Rank = 4, Alpha = 8, WeightDecomposed = dora, Initialization = AdapterInitialization.Random,
                TargetModules = embeddings ? TargetModules.Named("q", "v", "word_embeddings") : TargetModules.AllLinear };
            var options = new TrainingOptions { Lora = lora, Seed = 5 };
            using TrainableModel exact = TrainableModel.Create(full, options), rounded = TrainableModel.Create(half, options);
            float[] expected = exact.LossAndGradient(batch).Gradient, actual = rounded.LossAndGradient(batch).Gradient;
            return System.Numerics.Tensors.TensorPrimitives.Distance<float>(expected, actual)
                / System.Numerics.Tensors.TensorPrimitives.Norm<float>(expected);
        }
        double plain = Error(dora: false), decomposed = Error(dora: true);
        Assert.InRange(plain, 1e-5, 0.05);
        Assert.InRange(decomposed, 1e-5, Math.Max(2 * plain, 0.02));
    }

    [Fact]
    public void A_part_of_the_weight_cannot_be_larger_than_the_weight_or_that_of_an_embedding()
    {
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        var lora = new LoraConfig { Rank = 33, Initialization = AdapterInitialization.Pissa,
            TargetModules = TargetModules.Named("query", "word_embeddings") };
        string message = Assert.Throws<UserErrorException>(() => TrainableModel.Create(model, new TrainingOptions { Lora = lora })).Message;
        Assert.Contains("rank is 33 at bert.encoder.layer.0.attention.self.query; allowed with pissa is at most 32", message,
            StringComparison.Ordinal);
        Assert.Contains("bert.embeddings.word_embeddings is an embedding", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Biases_that_a_file_of_peft_lacks_are_reported_and_the_base_s_used()
    {
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        string folder = SharedData.Require(Path.Combine(Model, "qv_bias_lora_only"));
        using TrainableModel lossy = TrainableModel.WithAdapter(model, AdapterFolder.Read(Path.Combine(folder, "adapter")));
        Assert.Contains("query.base_layer.bias", Assert.Single(lossy.Notices), StringComparison.Ordinal);

        AdapterFolder whole = Fixture.Adapter(folder);
        using TrainableModel exact = TrainableModel.WithAdapter(model, whole);
        Assert.Empty(exact.Notices);
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), model);
        using TrainableModel reloaded = Reload(exact, model, out _);
        Near(exact, reloaded, batch, 0);
        var partly = new AdapterFolder(whole.Config, whole.Tensors.Where(t => !t.Key.EndsWith("0.attention.self.query.base_layer.bias",
            StringComparison.Ordinal)).ToDictionary(), "partly");
        string message = Assert.Throws<UserErrorException>(() => TrainableModel.WithAdapter(model, partly)).Message;
        Assert.Contains("0.attention.self.query.base_layer.bias is missing", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_without_a_task_leaves_the_base_s_head_as_it_is()
    {
        using BaseModel model = BaseModel.Load(Path.Combine(Model, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(Model, "batch.json"), model);
        var lora = new LoraConfig { TrainsHead = false, TargetModules = TargetModules.Named("q", "word_embeddings") };
        using TrainableModel trained = TrainableModel.Create(model, new TrainingOptions { Lora = lora });
        Assert.All(trained.Layout.Slots, s => Assert.Contains(".lora_", s.Name, StringComparison.Ordinal));
        trained.SetParameters([.. Enumerable.Range(0, trained.Layout.Length).Select(i => 0.1f * MathF.Sin(i))]);
        using TrainableModel reloaded = Reload(trained, model, out LoraConfig written);
        Assert.False(written.TrainsHead);
        Near(trained, reloaded, batch, 0);
        reloaded.Merge();
        Near(trained, reloaded, batch, 5e-6);
    }

    private static TrainableModel Reload(TrainableModel trained, BaseModel model, out LoraConfig written)
    {
        using var folder = new TemporaryFolder();
        foreach (ResultFile file in ResultFiles.Of(trained, model, "base")) File.WriteAllBytes(folder.File(file.Name), file.Content);
        AdapterFolder adapter = AdapterFolder.Read(folder.Path);
        written = adapter.Config;
        return TrainableModel.WithAdapter(model, adapter);
    }

    private static void Near(TrainableModel expected, TrainableModel actual, TokenBatch batch, double tolerance)
    {
        using Tensor e = expected.Logits(batch), a = actual.Logits(batch);
        Fixture.Near(e.data<float>().ToArray(), a.data<float>().ToArray(), tolerance, "logits");
    }
}
