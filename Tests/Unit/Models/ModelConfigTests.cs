using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Models.Decoders;
using LoraCluster.Models.Llama;
using LoraCluster.Training;

namespace LoraCluster.Tests.Unit.Models;

/// <summary>What transformers makes of a config.json and of the names in a checkpoint.</summary>
public sealed class ModelConfigTests : IDisposable
{
    private const string Opt = """
        "model_type": "opt", "vocab_size": 5, "hidden_size": 4, "num_attention_heads": 2, "num_hidden_layers": 1, "ffn_dim": 6
        """;
    private const string Llama = """
        "model_type": "llama", "vocab_size": 5, "hidden_size": 4, "num_attention_heads": 2, "num_hidden_layers": 1
        """;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_names_of_other_families_stand_for_distilberts_own_and_count_more()
    {
        ModelConfig config = Config("""
            "model_type": "distilbert", "dim": 8, "n_heads": 2, "num_attention_heads": 4, "hidden_size": 16, "num_hidden_layers": 3
            """);
        Assert.Equal((16, 4, 3), (config.HiddenSize, config.Heads, config.Layers));
    }

    [Theory]
    [InlineData(""" "id2label": {"1": "b", "0": "a"} """, new[] { "a", "b" })]
    [InlineData(""" "id2label": {"1": "b", "0": "a"}, "num_labels": 2 """, new[] { "a", "b" })]
    [InlineData(""" "id2label": {"1": "b", "0": "a"}, "num_labels": 3 """, new[] { "LABEL_0", "LABEL_1", "LABEL_2" })]
    public void Another_number_of_labels_counts_more_than_their_names(string fields, string[] labels) =>
        Assert.Equal(labels, Config(""" "model_type": "bert", """ + fields).Labels);

    [Theory]
    [InlineData("", 0, false, 1)]
    [InlineData(""", "pad_token_id": -1, "bos_token_id": null""", 4, true, null)]
    [InlineData(""", "pad_token_id": 3, "bos_token_id": 0""", 3, true, 0)]
    public void A_negative_padding_counts_from_the_end_and_null_is_none(string fields, int pad, bool hasPadding, int? begin)
    {
        var config = (DecoderConfig)Config(Llama + fields);
        Assert.Equal((pad, hasPadding, begin), (config.PadId, config.HasPadding, config.BosId));
    }

    [Fact]
    public void Of_two_kinds_of_rotary_positions_that_of_the_older_name_counts()
    {
        var config = (LlamaConfig)Config(Llama + """
            , "rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": {"rope_type": "default", "rope_theta": 10.0}
            """);
        Assert.Equal((RopeKind.Linear, 2, 10_000), (config.Rope.Kind, config.Rope.Factor, config.Rope.Theta));
    }

    [Theory]
    [InlineData(""" "model_type": "bert", "vocab_size": 5, "pad_token_id": 5 """, "pad_token_id is 5")]
    [InlineData(""" "model_type": "distilbert", "vocab_size": 5, "pad_token_id": 5 """, "pad_token_id is 5")]
    [InlineData(Opt + """, "pad_token_id": 5""", "pad_token_id is 5")]
    [InlineData(Llama + """, "pad_token_id": -6""", "pad_token_id is -6")]
    [InlineData(""" "model_type": "bert", "quantization_config": {"load_in_8bit": true} """, "quantization_config")]
    [InlineData(""" "model_type": "bert", "problem_type": "guess" """, "problem_type is 'guess'")]
    public void What_would_change_the_numbers_is_refused_by_name(string fields, string named) =>
        Assert.Contains(named, Assert.Throws<UserErrorException>(() => Config(fields)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("model.decoder.version", "model.decoder.version")]
    [InlineData("decoder.version", "decoder.version")]
    [InlineData("score.weight", "score.weight")]
    [InlineData("v_head.summary.bias", "v_head.summary.bias")]
    public void Leftovers_of_a_decoder_are_skipped(string leftover, string skipped)
    {
        CheckpointPlan plan = OptPlan(names => names.Append(leftover));
        Assert.Equal([skipped], plan.Skipped);
    }

    [Fact]
    public void The_head_of_a_file_stands_for_the_embedding_that_it_is_tied_to()
    {
        CheckpointPlan plan = OptPlan(names => names.Select(n => n == "model.decoder.embed_tokens.weight" ? "lm_head.weight" : n));
        Assert.Equal("lm_head.weight", plan.Tensors.Single(t => t.Name == "model.decoder.embed_tokens.weight").FileName);
        Assert.Null(plan.HeadCopy);
    }

    [Theory]
    [InlineData(""" "model_type": "bert" """, "[\"query\", \"dropout\"]", "bert.encoder.layer.0.attention.self.dropout")]
    [InlineData(""" "model_type": "bert" """, "\".*self\\\\..*\"", "bert.encoder.layer.0.attention.self.dropout")]
    [InlineData(""" "model_type": "roberta" """, "\"classifier.*\"", "classifier.dropout")]
    [InlineData(""" "model_type": "distilbert" """, "[\"q_lin\", \"activation\"]", "distilbert.transformer.layer.0.ffn.activation")]
    [InlineData(Opt, "[\"fc1\", \"activation_fn\"]", "model.decoder.layers.0.activation_fn")]
    [InlineData(Llama, "[\"q_proj\", \"rotary_emb\"]", "model.rotary_emb")]
    public void A_target_that_takes_a_module_without_parameters_is_refused(string fields, string targets, string named)
    {
        (ModelFamily family, ModelConfig config) = Read(fields);
        LoraConfig lora = AdapterFolder.ParseConfig($$"""{"target_modules": {{targets}}}""", "the file") with { TrainsHead = false };
        var error = Assert.Throws<UserErrorException>(() =>
            TrainablePlan.Of(family, config, hasHead: true, new TrainingOptions { Lora = lora }, 2));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private CheckpointPlan OptPlan(Func<IEnumerable<string>, IEnumerable<string>> edit)
    {
        (ModelFamily family, ModelConfig config) = Read(Opt);
        var tensors = family.LayoutOf(config).Tensors.ToList();
        long[] ShapeOf(int i) => i < tensors.Count ? tensors[i].Shape : [1];
        return CheckpointPlan.Of(edit(tensors.Select(t => t.Name)).Select((n, i) => (n, ShapeOf(i))), family, config, "the file");
    }

    private ModelConfig Config(string fields) => Read(fields).Config;

    private (ModelFamily Family, ModelConfig Config) Read(string fields)
    {
        string path = folder.File("config.json");
        File.WriteAllText(path, "{" + fields + "}");
        return ModelFamily.Read(path);
    }
}
