using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Tests.Numerics.Fidelity;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>Adapters that take turns on one base: the exact logits each time, and a base whose bits never change.</summary>
[Trait("Category", "Fidelity")]
public sealed class AdapterSetTests
{
    [Theory]
    [InlineData("bert-tiny", "qv_bias_all")]
    [InlineData("opt-tiny", "qv_bias_all")]
    [InlineData("llama-tiny", "qv_dora")]
    public void Switching_back_and_forth_gives_the_same_bits_each_time(string model, string third)
    {
        string fixture = Fixture.Require(model);
        using BaseModel baseModel = BaseModel.Load(Path.Combine(fixture, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(fixture, "batch.json"), baseModel);
        byte[][] before = Bits(baseModel);
        using var set = new AdapterSet(baseModel);
        float[] bare = MergedFolder.Logits(set.Model, batch);
        string[] names = ["qv", "all_linear_dora", third];
        var alone = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            set.Add(name, Fixture.Adapter(Path.Combine(fixture, name)));
            using TrainableModel trained = TrainableModel.WithAdapter(baseModel, Fixture.Adapter(Path.Combine(fixture, name)));
            alone[name] = MergedFolder.Logits(trained, batch);
        }
        Assert.Null(set.Current);
        for (int round = 0; round < 3; round++)
        {
            foreach (string name in names)
            {
                set.Use(name);
                Assert.Equal(alone[name], MergedFolder.Logits(set.Model, batch));
            }
            set.Disable();
            Assert.Equal(bare, MergedFolder.Logits(set.Model, batch));
        }
        Assert.Equal(before, Bits(baseModel));
    }

    [Fact]
    public void A_hundred_merges_leave_the_base_s_bits_and_give_the_same_merged_ones()
    {
        string fixture = Fixture.Require("llama-tiny");
        using BaseModel baseModel = BaseModel.Load(Path.Combine(fixture, "base"));
        using TokenBatch batch = Fixture.Batch(Path.Combine(fixture, "batch.json"), baseModel);
        using TrainableModel trained =
            TrainableModel.WithAdapter(baseModel, Fixture.Adapter(Path.Combine(fixture, "all_linear_dora")));
        byte[][] before = Bits(baseModel);
        float[] beside = MergedFolder.Logits(trained, batch);
        trained.Merge();
        byte[][] merged = [.. trained.Adapters.Select(a => a.Weight.bytes.ToArray())];
        trained.Unmerge();
        for (int time = 0; time < 100; time++)
        {
            trained.Merge();
            trained.Unmerge();
        }
        Assert.Equal(before, Bits(baseModel));
        Assert.Equal(beside, MergedFolder.Logits(trained, batch));
        trained.Merge();
        Assert.Equal(merged, trained.Adapters.Select(a => a.Weight.bytes.ToArray()));
    }

    [Fact]
    public void Names_that_are_taken_or_unknown_are_told()
    {
        string fixture = Fixture.Require("bert-tiny");
        using BaseModel baseModel = BaseModel.Load(Path.Combine(fixture, "base"));
        using var set = new AdapterSet(baseModel);
        Assert.Contains("there are none", Assert.Throws<UserErrorException>(() => set.Use("a")).Message, StringComparison.Ordinal);
        AdapterFolder adapter = Fixture.Adapter(Path.Combine(fixture, "qv"));
        set.Add("b", adapter);
        set.Add("a", adapter);
        Assert.Equal(["a", "b"], set.Names);
        Assert.Throws<UserErrorException>(() => set.Add("a", adapter));
        Assert.Contains("there are a, b", Assert.Throws<UserErrorException>(() => set.Use("c")).Message, StringComparison.Ordinal);
        set.Use("a");
        set.Remove("a");
        Assert.Null(set.Current);
        Assert.Throws<UserErrorException>(() => set.Use("a"));
    }

    private static byte[][] Bits(BaseModel model) =>
        [.. model.Layout.Tensors.Select(t => model.Weight(t.Name).bytes.ToArray())];
}
