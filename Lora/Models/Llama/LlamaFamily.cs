using System.Text.Json.Nodes;
using LoraCluster.Models.Decoders;
using static TorchSharp.torch;

namespace LoraCluster.Models.Llama;

/// <summary>Llama 1 to 3 (Touvron et al. 2023; Grattafiori et al. 2024) as LlamaForCausalLM.</summary>
public class LlamaFamily : DecoderFamily
{
    private const string Layer = "model.layers.{0}.";

    internal const string Gate = Layer + "mlp.gate_proj", Up = Layer + "mlp.up_proj", Down = Layer + "mlp.down_proj";

    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    public override string Architecture => "LlamaForCausalLM";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["q"] = "q_proj", ["k"] = "k_proj", ["v"] = "v_proj", ["o"] = "o_proj",
    };

    /// <inheritdoc/>
    public override DecoderKeyMap Keys { get; } = new()
    {
        WordEmbeddings = "model.embed_tokens",
        Query = Layer + "self_attn.q_proj",
        Key = Layer + "self_attn.k_proj",
        Value = Layer + "self_attn.v_proj",
        AttentionOutput = Layer + "self_attn.o_proj",
        AttentionNorm = Layer + "input_layernorm",
        FeedForwardNorm = Layer + "post_attention_layernorm",
        FinalNorm = "model.norm",
        OutputHead = "lm_head",
    };

    /// <inheritdoc/>
    public override ModelLayout LayoutOf(ModelConfig config)
    {
        var c = (LlamaConfig)config;
        var linears = new List<LinearModule>();
        var norms = new List<NormModule>();
        int queries = c.Heads * c.HeadSize, keys = c.KeyValueHeads * c.HeadSize;
        for (int i = 0; i < c.Layers; i++)
        {
            linears.Add(new(ModelLayout.At(Keys.Query, i), queries, c.HiddenSize, c.HasInputBiases));
            linears.Add(new(ModelLayout.At(Keys.Key, i), keys, c.HiddenSize, c.HasInputBiases));
            linears.Add(new(ModelLayout.At(Keys.Value, i), keys, c.HiddenSize, c.HasInputBiases));
            linears.Add(new(ModelLayout.At(Keys.AttentionOutput, i), c.HiddenSize, queries, c.HasOutputBias));
            linears.Add(new(ModelLayout.At(Gate, i), c.IntermediateSize, c.HiddenSize, c.HasFeedForwardBiases));
            linears.Add(new(ModelLayout.At(Up, i), c.IntermediateSize, c.HiddenSize, c.HasFeedForwardBiases));
            linears.Add(new(ModelLayout.At(Down, i), c.HiddenSize, c.IntermediateSize, c.HasFeedForwardBiases));
            norms.Add(new(ModelLayout.At(Keys.AttentionNorm, i), c.HiddenSize, HasBias: false));
            norms.Add(new(ModelLayout.At(Keys.FeedForwardNorm, i), c.HiddenSize, HasBias: false));
        }
        linears.Add(new(Keys.OutputHead, c.VocabularySize, c.HiddenSize, false));
        norms.Add(new(Keys.FinalNorm, c.HiddenSize, HasBias: false));
        return new ModelLayout
        {
            Linears = linears,
            Embeddings = [new(Keys.WordEmbeddings, c.VocabularySize, c.HiddenSize)],
            Norms = norms,
            Parameterless = ModelLayout.AtEach(c.Layers, [Layer + "mlp.act_fn", "model.rotary_emb"]),
            BasePrefix = "model",
            OutputHead = Keys.OutputHead,
            TiedTo = c.TiesHead ? Keys.WordEmbeddings : null,
            PaddingRows = c.HasPadding ? [(Keys.WordEmbeddings, c.PadId)] : [],
        };
    }

    /// <inheritdoc/>
    public override JsonObject WriteConfig(ModelConfig config)
    {
        var c = (LlamaConfig)config;
        var json = new JsonObject
        {
            ["intermediate_size"] = c.IntermediateSize,
            ["num_key_value_heads"] = c.KeyValueHeads,
            ["head_dim"] = c.HeadSize,
            ["hidden_act"] = c.Activation.Name,
            ["rms_norm_eps"] = c.NormEps,
            ["rope_parameters"] = c.Rope.Write(),
            ["attention_bias"] = c.HasOutputBias,
            ["mlp_bias"] = c.HasFeedForwardBiases,
        };
        WriteShared(json, c);
        return json;
    }

    internal override IDecoder BuildDecoder(DecoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute) =>
        new LlamaDecoder((LlamaConfig)config, Keys, weights, dropout, compute);

    internal override ModelConfig ReadConfig(ConfigReader reader) => ReadConfig(reader, 32_000);

    private protected ModelConfig ReadConfig(ConfigReader reader, int defaultVocabulary)
    {
        int vocabulary = reader.Int("vocab_size", defaultVocabulary);
        int hidden = reader.Int("hidden_size", 4096), heads = reader.Int("num_attention_heads", 32);
        int keys = reader.Int("num_key_value_heads", heads), size = reader.Int("head_dim", Math.Max(1, hidden / heads));
        int positions = reader.Int("max_position_embeddings", 2048);
        if (heads % keys != 0) reader.Fault($"the {heads} attention heads are not a multiple of the {keys} num_key_value_heads");
        if (!reader.Has("head_dim") && hidden % heads != 0)
            reader.Fault($"the hidden size {hidden} is not a multiple of the {heads} attention heads");
        if (size % 2 != 0) reader.Fault($"head_dim is {size}; allowed is an even number");
        return new LlamaConfig
        {
            ModelType = ModelType,
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            Layers = reader.Int("num_hidden_layers", 32),
            Heads = heads,
            KeyValueHeads = keys,
            HeadSize = size,
            IntermediateSize = reader.Int("intermediate_size", 11008),
            Positions = positions,
            Activation = reader.Activation("hidden_act", "silu"),
            NormEps = reader.Double("rms_norm_eps", 1e-6, e => e > 0, "a number above 0"),
            Rope = RopeConfig.Read(reader, 10_000, positions),
            HasInputBiases = reader.Flag("attention_bias", false),
            HasOutputBias = reader.Flag("attention_bias", false),
            HasFeedForwardBiases = reader.Flag("mlp_bias", false),
            TiesHead = reader.Flag("tie_word_embeddings", false),
            PadId = ReadPadId(reader, vocabulary, 0),
            HasPadding = reader.Has("pad_token_id"),
            HiddenDropout = 0,
            AttentionDropout = reader.Probability("attention_dropout", 0),
            BosId = reader.Id("bos_token_id", 1),
            EosIds = reader.Ids("eos_token_id", 2),
        };
    }
}
