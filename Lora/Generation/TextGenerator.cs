using LoraCluster.Models;
using LoraCluster.Models.Decoders;
using LoraCluster.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Generation;

/// <summary>
/// Goes on with texts, token by token, on keys and values that are kept. Prompts of different lengths are padded on the left, so that all
/// rows grow at the same place; padding takes no position and is never seen. One thread owns it.
/// </summary>
/// <param name="model">A language model, with or without an adapter; outlives the generator.</param>
public sealed class TextGenerator(TrainableModel model)
{
    private readonly CausalLm _network = model.Network as CausalLm
        ?? throw new UserErrorException($"{model.Config.ModelType} is no language model; text comes from a causal one");

    /// <summary>The tokens that follow each prompt, the stop id included where one came.</summary>
    /// <param name="prompts">Ids of each prompt, special tokens included; 1 or more each.</param>
    /// <param name="options">Without faults.</param>
    /// <param name="onToken">Told each token as it comes: number of the prompt, id; null: nobody.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <exception cref="UserErrorException">A prompt is empty or has no place in the model's positions; options with faults.</exception>
    public IReadOnlyList<int[]> Generate(IReadOnlyList<int[]> prompts, GenerationOptions options, Action<int, int>? onToken = null,
        CancellationToken cancellation = default)
    {
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        DecoderConfig config = _network.Config;
        int width = CheckPrompts(prompts, config), most = Math.Min(options.MaxNewTokens, config.Positions - width);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        model.Dropout.BeginEvaluation();
        using var cache = new KeyValueCache(config, prompts.Count, width + most);
        var padding = new LeftPadding(prompts, width, config.PadId, model.Parameters.device);
        HashSet<int> stops = [.. options.StopIds ?? config.EosIds];
        List<int>[] texts = [.. prompts.Select(_ => new List<int>())];
        bool[] done = new bool[prompts.Count];

        Tensor logits = _network.NextLogits(padding.Prompt(cache));
        for (int place = 0; ; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] next = Choose(logits, options, place);
            for (int row = 0; row < next.Length; row++)
            {
                if (done[row]) next[row] = config.PadId;
                else
                {
                    texts[row].Add(next[row]);
                    onToken?.Invoke(row, next[row]);
                    done[row] = stops.Contains(next[row]);
                }
            }
            if (place + 1 == most || done.All(d => d)) return [.. texts.Select(t => t.ToArray())];
            using var step = NewDisposeScope();
            logits = _network.NextLogits(padding.Next(next, cache)).MoveToOuterDisposeScope();
        }
    }

    private static int CheckPrompts(IReadOnlyList<int[]> prompts, DecoderConfig config)
    {
        if (prompts.Count == 0) throw new UserErrorException("there is no prompt; allowed is one or more");
        for (int row = 0; row < prompts.Count; row++)
        {
            int length = prompts[row].Length;
            if (length == 0 || length >= config.Positions)
            {
                throw new UserErrorException($"prompt {row + 1} has {length} tokens; allowed are 1 to {config.Positions - 1}, "
                    + "one less than the model's positions");
            }
            foreach (int id in prompts[row])
            {
                if (id < 0 || id >= config.VocabularySize)
                    throw new UserErrorException($"prompt {row + 1} has the id {id}; the model knows 0 to {config.VocabularySize - 1}");
            }
        }
        return prompts.Max(p => p.Length);
    }

    private static int[] Choose(Tensor logits_BV, GenerationOptions options, int place)
    {
        if (options.Temperature is null)
        {
            using Tensor best = logits_BV.argmax(1);
            return [.. TensorMemory.ToArray<long>(best).Select(id => (int)id)];
        }
        float[] all = TensorMemory.ToArray<float>(logits_BV);
        int vocabulary = (int)logits_BV.size(1);
        return [.. Enumerable.Range(0, (int)logits_BV.size(0))
            .Select(row => TokenSampler.Sample(all.AsSpan(row * vocabulary, vocabulary), options, row, place))];
    }
}
