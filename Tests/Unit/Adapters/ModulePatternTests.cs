using LoraCluster.Adapters;

namespace LoraCluster.Tests.Unit.Adapters;

public sealed class ModulePatternTests
{
    private const string Layer = "bert.encoder.layer.";

    private static ModulePattern Pattern(params (string Key, double Value)[] entries) =>
        new(entries.Select(e => KeyValuePair.Create(e.Key, e.Value)));

    // The expected values were asked of PEFT 0.20.
    [Theory]
    [InlineData("0.attention.self.query", 2, 1)]
    [InlineData("1.attention.self.query", 3, 1)]
    [InlineData("0.attention.self.key", 6, 8)]
    [InlineData("1.attention.self.value", 4, 2.5)]
    public void The_first_key_that_takes_the_whole_name_or_an_ending_at_a_dot_decides(string module, int rank, double alpha)
    {
        var config = new LoraConfig
        {
            Rank = 4, Alpha = 8,
            RankPattern = Pattern(("layer.0.attention.self.query", 2), ("query", 3), ("uery", 5), (".*key", 6), ("^value", 7)),
            AlphaPattern = Pattern(("quer.", 1), ("self.*value", 2.5)),
        };
        Assert.Equal(rank, config.RankAt(Layer + module));
        Assert.Equal(alpha, config.AlphaAt(Layer + module));
        Assert.Equal(alpha / rank, config.ScalingAt(Layer + module));
        Assert.Equal(alpha / Math.Sqrt(rank), (config with { RankStabilized = true }).ScalingAt(Layer + module));
    }

    [Fact]
    public void Keys_that_take_nothing_are_named()
    {
        ModulePattern pattern = Pattern(("query", 3), ("uery", 5), ("valeu", 7));
        Assert.Equal(["uery", "valeu"], pattern.UnmatchedKeys([Layer + "0.attention.self.query", Layer + "0.attention.self.value"]));
    }

    [Fact]
    public void Written_out_by_full_names_the_order_of_the_keys_decides_nothing()
    {
        var config = new LoraConfig { Rank = 4, RankPattern = Pattern(("layer.1.*", 2), (".*query", 3)) };
        string[] modules = [Layer + "0.query", Layer + "0.value", Layer + "1.query", Layer + "10.query"];
        LoraConfig written = config.WithPatternsFor(modules);
        Assert.Equal([Layer + "0.query", Layer + "1.query", Layer + "10.query"], written.RankPattern.Entries.Select(e => e.Key));
        var turned = new ModulePattern(written.RankPattern.Entries.Reverse());
        Assert.All(modules, m => Assert.Equal(config.RankAt(m), (int)(turned.ValueFor(m) ?? 4)));
    }

    [Fact]
    public void A_key_that_comes_twice_keeps_its_place_and_takes_the_last_value()
    {
        ModulePattern pattern = Pattern(("query", 3), (".*", 5), ("query", 7));
        Assert.Equal(7, pattern.ValueFor(Layer + "0.query"));
    }

    [Fact]
    public void Wrong_keys_and_values_are_refused_by_name()
    {
        var config = new LoraConfig
        {
            RankPattern = Pattern(("que(ry", 2), ("key", 1.5), ("value", 0)), AlphaPattern = Pattern(("key", -1)),
        };
        IReadOnlyList<string> faults = config.Faults();
        Assert.Equal(4, faults.Count);
        Assert.Contains("'que(ry'", faults[0], StringComparison.Ordinal);
        Assert.Contains("1.5", faults[1], StringComparison.Ordinal);
        Assert.Contains("alpha_pattern of 'key' is -1", faults[3], StringComparison.Ordinal);
    }
}
