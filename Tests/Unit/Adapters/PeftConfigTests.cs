using System.Text;
using System.Text.Json;
using LoraCluster.Adapters;

namespace LoraCluster.Tests.Unit.Adapters;

public sealed class PeftConfigTests
{
    private static LoraConfig Parse(string fields) =>
        AdapterFolder.ParseConfig($$"""{"target_modules": ["query"]{{fields}}}""", "the file");

    [Fact]
    public void What_is_missing_has_pefts_default()
    {
        LoraConfig config = Parse("");
        Assert.Equal((8, 8.0, 0.0), (config.Rank, config.Alpha, config.Dropout));
        Assert.Equal((BiasTraining.None, AdapterInitialization.KaimingUniform), (config.Bias, config.Initialization));
        Assert.False(config.RankStabilized || config.WeightDecomposed);
    }

    [Fact]
    public void Every_variant_survives_writing_and_reading()
    {
        LoraConfig config = Parse("""
            , "r": 4, "lora_alpha": 2.5, "use_rslora": true, "use_dora": true, "bias": "lora_only", "init_lora_weights": "gaussian",
            "rank_pattern": {"query": 2, "a.*": 3}, "alpha_pattern": {"query": 0.5}, "exclude_modules": ["x"], "layers_to_transform": 1
            """);
        LoraConfig again = AdapterFolder.ParseConfig(Encoding.UTF8.GetString(AdapterFolder.WriteConfig(config, "base", null)), "the file");
        Assert.Equal(config.RankPattern.Entries, again.RankPattern.Entries);
        Assert.Equal(config.AlphaPattern.Entries, again.AlphaPattern.Entries);
        Assert.Equal((4, 2.5, true, true), (again.Rank, again.Alpha, again.RankStabilized, again.WeightDecomposed));
        Assert.Equal((BiasTraining.LoraOnly, AdapterInitialization.Gaussian), (again.Bias, again.Initialization));
        Assert.Equal(["x"], again.ExcludeModules!.Names);
        Assert.Equal([1], again.LayersToTransform!);
    }

    [Fact]
    public void A_file_for_plain_lora_names_nothing_that_an_old_peft_does_not_know()
    {
        using var json = JsonDocument.Parse(AdapterFolder.WriteConfig(new LoraConfig(), "base", null));
        string[] names = [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.DoesNotContain("use_dora", names);
        Assert.DoesNotContain("use_rslora", names);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Theory]
    [InlineData("\"bias\": \"some\"", "bias is \"some\"")]
    [InlineData("\"init_lora_weights\": \"eva\"", "init_lora_weights is \"eva\"")]
    [InlineData("\"use_dora\": 1", "use_dora is 1")]
    [InlineData("\"rank_pattern\": {\"query\": \"2\"}", "rank_pattern is {\"query\": \"2\"}")]
    [InlineData("\"rank_pattern\": [2]", "rank_pattern is [2]")]
    [InlineData("\"rank_pattern\": {\"query\": 0}", "rank_pattern of 'query' is 0")]
    [InlineData("\"r\": 0", "r is 0")]
    [InlineData("\"lora_alpha\": -1", "lora_alpha is -1")]
    [InlineData("\"lora_bias\": true", "lora_bias is true")]
    public void What_is_wrong_is_refused_by_the_files_own_name(string field, string named) =>
        Assert.Contains(named, Assert.Throws<UserErrorException>(() => Parse(", " + field)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("pissa", AdapterInitialization.Pissa)]
    [InlineData("olora", AdapterInitialization.Olora)]
    public void An_initialization_that_changes_the_base_is_a_wish_but_no_stored_adapter(string name, AdapterInitialization kind)
    {
        Assert.Equal(kind, Parse($", \"init_lora_weights\": \"{name}\"").Initialization);
        using var folder = new TemporaryFolder();
        string path = folder.File(AdapterFolder.ConfigFile);
        File.WriteAllText(path, $$"""{"peft_type": "LORA", "target_modules": ["query"], "init_lora_weights": "{{name}}"}""");
        Assert.Contains(name, Assert.Throws<UserErrorException>(() => AdapterFolder.ReadConfig(path)).Message, StringComparison.Ordinal);
    }
}
