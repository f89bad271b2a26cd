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
    [InlineData("\"layers_pattern\": \"layer\"", "layers_pattern is set without layers_to_transform")]
    [InlineData("\"layers_pattern\": \"(layer)\", \"layers_to_transform\": [1]", "layers_pattern has '(layer)'")]
    [InlineData("\"target_modules\": \"all-linear\", \"layers_to_transform\": [1]", "layers_to_transform is set beside 'all-linear'")]
    [InlineData("\"target_modules\": [\"all-linear\"]", "target_modules has all-linear in a list")]
    [InlineData("\"target_modules\": \".*query\\\\z\"", "target_modules is '.*query\\z', which is not a regular expression")]
    [InlineData("\"task_type\": \"\"", "task_type is \"\"")]
    [InlineData("\"r\": 2} {", "is not valid JSON")]
    public void What_is_wrong_is_refused_by_the_files_own_name(string field, string named) =>
        Assert.Contains(named, Assert.Throws<UserErrorException>(() => Parse(", " + field)).Message, StringComparison.Ordinal);

    [Fact]
    public void Where_no_targets_are_named_they_are_the_projections_to_queries_and_values() =>
        Assert.All(["{}", """{"target_modules": null}"""], json =>
            Assert.Equal(["q", "v"], AdapterFolder.ParseConfig(json, "the file").TargetModules.Names));

    [Theory]
    [InlineData(""" "init_lora_weights": "eva" """)]
    [InlineData(""" "init_lora_weights": "orthogonal", "eva_config": {"rho": 2.0} """)]
    [InlineData(""" "target_modules": "(?P<all>.*)query", "rank_pattern": {"(?P<x>1.*)": 2} """)]
    public void A_stored_adapter_may_have(string field) => Assert.False(Stored(field).TrainsHead);

    [Theory]
    [InlineData(""" "modules_to_save": ["pooler"] """, false)]
    [InlineData(""" "task_type": "SEQ_CLS" """, true)]
    public void A_task_and_not_a_saved_module_brings_the_head(string field, bool trainsHead) =>
        Assert.Equal(trainsHead, Stored(field).TrainsHead);

    private static LoraConfig Stored(string field)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(AdapterFolder.ConfigFile);
        File.WriteAllText(path, $$"""{"peft_type": "LORA", {{field}}}""");
        return AdapterFolder.ReadConfig(path);
    }

    [Fact]
    public void Another_kind_of_adapter_is_refused_by_its_kind_alone()
    {
        const string fields = ", \"peft_type\": \"IA3\", \"feedforward_modules\": [\n\"a\"]";
        string message = Assert.Throws<UserErrorException>(() => Parse(fields)).Message;
        Assert.EndsWith("peft_type is \"IA3\"; allowed is \"LORA\"", message, StringComparison.Ordinal);
    }

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
