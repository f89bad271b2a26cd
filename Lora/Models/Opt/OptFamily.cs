using System.Text.Json.Nodes;
using LoraCluster.Models.Decoders;
using static TorchSharp.torch;

namespace LoraCluster.Models.Opt;

/// <summary>OPT (Zhang et al. 2022) as OPTForCausalLM.</summary>
public sealed class OptFamily : DecoderFamily
{
    private const string Layer = "model.decoder.layers.{0}.";

    internal const string PositionEmbeddings = "model.decoder.embed_positions", ProjectIn = "model.decoder.project_in",
        ProjectOut = "model.decoder.project_out", Up = Layer + "fc1", Down = Layer + "fc2";

    /// <summary>Position 0 is row 2 of the table.</summary>
    internal const int FirstPosition = 2;

    /// <inheritdoc/>
    public override string ModelType => "opt";

    /// <inheritdoc/>
    public override string Architecture => "OPTForCausalLM";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "q_proj", ["k"] = "k_proj", ["v"] = "v_proj", ["o"] = "out_proj",
    };

    /// <inheritdoc/>
    public override DecoderKeyMap Keys { get; } = new()
    {
        WordEmbeddings = "model.decoder.embed_tokens",
        Query = Layer + "self_attn.q_proj",
        Key = Layer + "self_attn.k_proj",
        Value = Layer + "self_attn.v_proj",
        AttentionOutput = Layer + "self_attn.out_proj",
        AttentionNorm = Layer + "self_attn_layer_norm",
        FeedForwardNorm = Layer + "final_layer_norm",
        FinalNorm = "model.decoder.final_layer_norm",
        OutputHead = "lm_head",
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Superfluous { get; } = ["score.", "v_head.", "qa_outputs.", "model.decoder.version",
        "decoder.version", "model.decoder.output_projection.", "decoder.output_projection."];

    /// <inheritdoc/>
    public override ModelLayout LayoutOf(ModelConfig config)
    {
        var c = (OptConfig)config;
        var linears = new List<LinearModule>();
        var norms = new List<NormModule>();
        if (c.Projects) linears.Add(new(ProjectIn, c.HiddenSize, c.EmbeddingSize, false));
        for (int i = 0; i < c.Layers; i++)
        {
            foreach (string path in new[] { Keys.Query, Keys.Key, Keys.Value, Keys.AttentionOutput })
                linears.Add(new(ModelLayout.At(path, i), c.HiddenSize, c.HiddenSize, c.HasBiases));
            linears.Add(new(ModelLayout.At(Up, i), c.IntermediateSize, c.HiddenSize, c.HasBiases));
            linears.Add(new(ModelLayout.At(Down, i), c.HiddenSize, c.IntermediateSize, c.HasBiases));
            norms.Add(new(ModelLayout.At(Keys.AttentionNorm, i), c.HiddenSize));
            norms.Add(new(ModelLayout.At(Keys.FeedForwardNorm, i), c.HiddenSize));
        }
        if (c.Projects) linears.Add(new(ProjectOut, c.EmbeddingSize, c.HiddenSize, false));
        linears.Add(new(Keys.OutputHead, c.VocabularySize, c.EmbeddingSize, false));
        if (c.HasFinalNorm) norms.Add(new(Keys.FinalNorm, c.HiddenSize));
        return new ModelLayout
        {
            Linears = linears,
            Embeddings = [new(Keys.WordEmbeddings, c.VocabularySize, c.EmbeddingSize),
                new(PositionEmbeddings, c.Positions + FirstPosition, c.HiddenSize)],
            Norms = c.NormsHaveWeights ? norms : [],
            Parameterless = ModelLayout.AtEach(c.Layers, [Layer + "activation_fn"]),
            BasePrefix = "model",
            OutputHead = Keys.OutputHead,
            TiedTo = c.TiesHead ? Keys.WordEmbeddings : null,
            PaddingRows = c.HasPadding ? [(Keys.WordEmbeddings, c.PadId)] : [],
        };
    }

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config)
    {
        var c = (OptConfig)config;
        var json = new JsonObject
        {
            ["ffn_dim"] = c.IntermediateSize,
            ["word_embed_proj_dim"] = c.EmbeddingSize,
            ["do_layer_norm_before"] = c.NormsBefore,
            ["_remove_final_layer_norm"] = c.NormsBefore && !c.HasFinalNorm,
            ["enable_bias"] = c.HasBiases,
            ["layer_norm_elementwise_affine"] = c.NormsHaveWeights,
            ["activation_function"] = c.Activation.Name,
            ["dropout"] = c.HiddenDropout,
            ["layerdrop"] = 0,
        };
        WriteShared(json, c);
        return json;
    }

    internal override IDecoder BuildDecoder(DecoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute) =>
        new OptDecoder((OptConfig)config, Keys, weights, dropout, compute);

    internal override ModelConfig ReadConfig(ConfigReader reader)
    {
        double layerDrop = reader.Probability("layerdrop", 0);
        if (layerDrop != 0) reader.Fault("layerdrop is set; allowed is 0");
        int hidden = reader.Int("hidden_size", 768), heads = reader.Int("num_attention_heads", 12);
        if (hidden % heads != 0) reader.Fault($"the hidden size {hidden} is not a multiple of the {heads} attention heads");
        int vocabulary = reader.Int("vocab_size", 50272);
        bool before = reader.Flag("do_layer_norm_before", true);
        return new OptConfig
        {
            ModelType = ModelType,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            EmbeddingSize = reader.Int("word_embed_proj_dim", hidden),
            Layers = reader.Int("num_hidden_layers", 12),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = Math.Max(1, hidden / heads),
            IntermediateSize = reader.Int("ffn_dim", 3072),
            Positions = reader.Int("max_position_embeddings", 2048),
            Activation = reader.Activation("activation_function", "relu"),
            NormsBefore = before,
            HasFinalNorm = before && !reader.Flag("_remove_final_layer_norm", false),
            HasBiases = reader.Flag("enable_bias", true),
            NormsHaveWeights = reader.Flag("layer_norm_elementwise_affine", true),
            TiesHead = reader.Flag("tie_word_embeddings", true),
            PadId = ReadPadId(reader, vocabulary, 1),
            HasPadding = true,
            HiddenDropout = reader.Probability("dropout", 0.1),
            AttentionDropout = reader.Probability("attention_dropout", 0),
            BosId = reader.Id("bos_token_id", 2),
            EosIds = reader.Ids("eos_token_id", 2),
        };
    }
}
