using LoraCluster.Adapters;
using LoraCluster.Kernels;
using LoraCluster.Merging;
using LoraCluster.Models;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>The update of a combination against its definition; what cannot be combined is told.</summary>
public sealed class AdapterCombinationTests
{
    private const string Query = "model.layers.0.self_attn.q_proj", Value = "model.layers.0.self_attn.v_proj";

    [Fact]
    public void Cat_is_the_weighted_sum_and_svd_its_best_approximation()
    {
        AdapterFolder first = Adapter(1, 4, 8), second = Adapter(2, 3, 9, rankStabilized: true, modules: [Query]);
        WeightedAdapter[] parts = [new(first, 0.7), new(second, -0.3)];
        float[] sum = Update(first, Query, 0.7 * 2, second, -0.3 * 9 / Math.Sqrt(3));
        AdapterFolder cat = AdapterCombination.Combine(CombinationType.Cat, parts);
        Assert.Equal((7, 4), (cat.Config.RankAt(Query), cat.Config.RankAt(Value)));
        Assert.Equal((1.0, 1.0), (cat.Config.ScalingAt(Query), cat.Config.ScalingAt(Value)));
        Near(sum, Update(cat, Query, 1), 1e-6);

        Near(sum, Update(AdapterCombination.Combine(CombinationType.Svd, parts, rank: 7), Query, 1), 1e-6);
        AdapterFolder svd = AdapterCombination.Combine(CombinationType.Svd, parts);
        Assert.Equal(4, svd.Config.Rank);
        using var scope = NewDisposeScope();
        (Tensor _, Tensor s, Tensor _) = linalg.svd(tensor(sum, [16, 12]).to_type(ScalarType.Float64));
        double left = Math.Sqrt(s.narrow(0, 4, s.shape[0] - 4).square().sum().item<double>());
        double off = Math.Sqrt(Update(svd, Query, 1).Zip(sum, (x, y) => Math.Pow(x - y, 2)).Sum());
        Assert.Equal(left, off, 1e-5);
    }

    [Fact]
    public void Linear_adds_a_and_b_by_the_roots_of_the_weights()
    {
        AdapterFolder first = Adapter(1, 4, 8), second = Adapter(2, 4, 4);
        AdapterFolder linear = AdapterCombination.Combine(CombinationType.Linear, [new(first, 0.5), new(second, -0.25)]);
        float[] a = first.Tensors[AdapterFolder.NameOfA(Query)].Values, b = second.Tensors[AdapterFolder.NameOfA(Query)].Values;
        Near([.. a.Zip(b, (x, y) => (float)(x - 0.5 * y))], linear.Tensors[AdapterFolder.NameOfA(Query)].Values, 1e-6);
        (a, b) = (first.Tensors[AdapterFolder.NameOfB(Query)].Values, second.Tensors[AdapterFolder.NameOfB(Query)].Values);
        Near([.. a.Zip(b, (x, y) => (float)(x + 0.5 * y))], linear.Tensors[AdapterFolder.NameOfB(Query)].Values, 1e-6);
        AdapterFolder alone = AdapterCombination.Combine(CombinationType.Linear, [new(first, 1)]);
        Near(Update(first, Query, 2), Update(alone, Query, 1), 1e-6);
    }

    [Fact]
    public void What_cannot_be_combined_is_told_all_at_once()
    {
        AdapterFolder plain = Adapter(1, 4, 8), larger = Adapter(2, 6, 8);
        AdapterFolder dora = new(plain.Config with { WeightDecomposed = true }, plain.Tensors, "dora");
        AdapterFolder biased = new(plain.Config with { Bias = BiasTraining.All }, plain.Tensors, "biased");
        string[] Faults(CombinationType type, params WeightedAdapter[] parts) =>
            Assert.Throws<UserErrorException>(() => AdapterCombination.Combine(type, parts)).Message.Split('\n');
        Assert.Equal([$"the rank at {Query} is 4 in adapter 1, 6 in adapter 2; a linear combination needs equal ranks (cat and svd do not)",
            $"the rank at {Value} is 4 in adapter 1, 6 in adapter 2; a linear combination needs equal ranks (cat and svd do not)"],
            Faults(CombinationType.Linear, new(plain, 1), new(larger, 1)));
        Assert.Equal(["dora is DoRA, whose magnitudes do not add up: it can be merged, not combined",
            "the weight of biased is NaN; allowed are numbers",
            "biased trained biases, which cannot be weighted: it can be merged, not combined"],
            Faults(CombinationType.Cat, new(dora, 1), new(biased, double.NaN)));
        Assert.Contains("a rank is given", Assert.Throws<UserErrorException>(() =>
            AdapterCombination.Combine(CombinationType.Cat, [new(plain, 1)], rank: 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_head_is_kept_and_two_different_ones_are_refused()
    {
        string fixture = Fixture.Require("bert-tiny");
        AdapterFolder first = Fixture.Adapter(Path.Combine(fixture, "qv")), second = Fixture.Adapter(Path.Combine(fixture, "qv"));
        using var folder = new TemporaryFolder();
        AdapterFolder combined = AdapterCombination.Combine(CombinationType.Cat, [new(first, 0.5), new(second, 0.5)]);
        foreach (Files.OutputFile file in combined.Files("base", ModelTask.SequenceClassification))
        {
            using FileStream stream = File.Create(folder.File(file.Name));
            file.WriteTo(stream);
        }
        using BaseModel model = BaseModel.Load(Path.Combine(fixture, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(fixture, "batch.json"), model);
        using TrainableModel trained = TrainableModel.WithAdapter(model, AdapterFolder.Read(folder.Path));
        Near(Fixture.Tensors(Path.Combine(fixture, "qv", "expected.safetensors"))["logits"], MergedFolder.Logits(trained, batch), 5e-6);

        second.Tensors[AdapterFolder.NameOfSaved("classifier.weight")].Values[0] += 1;
        Assert.Contains("both bring base_model.model.classifier.weight", Assert.Throws<UserErrorException>(() =>
            AdapterCombination.Combine(CombinationType.Cat, [new(first, 0.5), new(second, 0.5)])).Message, StringComparison.Ordinal);
    }

    /// <summary>An adapter of layers [16, 12].</summary>
    private static AdapterFolder Adapter(int seed, int rank, double alpha, bool rankStabilized = false, string[]? modules = null)
    {
        modules ??= [Query, Value];
        var random = new Random(seed);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var tensors = new Dictionary<string, (long[], float[])>(StringComparer.Ordinal);
        foreach (string module in modules)
        {
            tensors[AdapterFolder.NameOfA(module)] = ([rank, 12], Values(rank * 12));
            tensors[AdapterFolder.NameOfB(module)] = ([16, rank], Values(16 * rank));
        }
        var config = new LoraConfig
        {
            Rank = rank, Alpha = alpha, RankStabilized = rankStabilized, TargetModules = TargetModules.Named(modules), TrainsHead = false,
        };
        return new AdapterFolder(config, tensors, FormattableString.Invariant($"adapter {seed}"));
    }

    private static float[] Update(AdapterFolder adapter, string module, double factor, AdapterFolder? other = null, double otherFactor = 0)
    {
        using var scope = NewDisposeScope();
        Tensor Product(AdapterFolder of)
        {
            ((long[] Shape, float[] Values) a, (long[] Shape, float[] Values) b) =
                (of.Tensors[AdapterFolder.NameOfA(module)], of.Tensors[AdapterFolder.NameOfB(module)]);
            return tensor(b.Values, b.Shape).mm(tensor(a.Values, a.Shape));
        }
        Tensor sum = Product(adapter).Times(factor);
        return (other is null ? sum : sum.Plus(Product(other).Times(otherFactor))).data<float>().ToArray();
    }

    private static void Near(float[] expected, float[] actual, double tolerance) => Fixture.Near(expected, actual, tolerance, "values");
}
