using System.Text.Json.Nodes;
using LoraCluster.Training;
using static TorchSharp.torch;

namespace LoraCluster.Models.Decoders;

/// <summary>A family of causal language models. The head and the loss are one, <see cref="CausalLm"/>.</summary>
public abstract class DecoderFamily : ModelFamily
{
    /// <inheritdoc/>
    public override ModelTask Task => ModelTask.CausalLm;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Superfluous { get; } = ["score.", "v_head.", "qa_outputs."];

    /// <summary>Module names of what all decoders have.</summary>
    public abstract DecoderKeyMap Keys { get; }

    /// <inheritdoc/>
    public override INetwork Build(ModelConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute) =>
        new CausalLm(BuildDecoder((DecoderConfig)config, weights, dropout, compute), weights.Linear(Keys.OutputHead));

    /// <summary>The layers below the head.</summary>
    internal abstract IDecoder BuildDecoder(DecoderConfig config, IWeightSource weights, DropoutContext dropout, ScalarType compute);

    internal override ModelConfig For(ModelConfig config, bool hasHead, TrainingOptions options, int labelCount)
    {
        if (options.Method == TrainingMethod.Head)
            throw new UserErrorException($"method is head, and {Architecture} has no classification head; allowed are lora and full");
        return config;
    }

    /// <summary>Reads the id of the padding token. As in torch.nn.Embedding, a negative one counts from the vocabulary's end.</summary>
    private protected static int ReadPadId(ConfigReader reader, int vocabularySize, int fallback)
    {
        int id = reader.Int("pad_token_id", fallback, min: -vocabularySize);
        return id < 0 ? vocabularySize + id : reader.InVocabulary("pad_token_id", id, vocabularySize);
    }

    /// <summary>The fields that all decoders' config.json share.</summary>
    private protected static void WriteShared(JsonObject json, DecoderConfig config)
    {
        json["vocab_size"] = config.VocabularySize;
        json["hidden_size"] = config.HiddenSize;
        json["num_hidden_layers"] = config.Layers;
        json["num_attention_heads"] = config.Heads;
        json["max_position_embeddings"] = config.Positions;
        json["attention_dropout"] = config.AttentionDropout;
        json["tie_word_embeddings"] = config.TiesHead;
        json["pad_token_id"] = config.HasPadding ? config.PadId : null;
        json["bos_token_id"] = config.BosId;
        json["eos_token_id"] = config.EosIds.Count switch
        {
            0 => null,
            1 => config.EosIds[0],
            _ => new JsonArray([.. config.EosIds.Select(id => (JsonNode?)id)]),
        };
    }
}
