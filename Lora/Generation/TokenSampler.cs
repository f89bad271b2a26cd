using System.Numerics.Tensors;
using LoraCluster.Randomness;

namespace LoraCluster.Generation;

/// <summary>
/// Chooses the next token from logits: temperature, then top-k, then top-p, as transformers orders its logits processors, then one draw
/// that follows from (seed, row, place in the text) alone.
/// </summary>
internal static class TokenSampler
{
    /// <summary>The id of the next token.</summary>
    /// <param name="logits">[vocabulary]; changed.</param>
    /// <param name="options">With a temperature.</param>
    /// <param name="row">Number of the prompt.</param>
    /// <param name="place">Tokens that were generated before.</param>
    public static int Sample(Span<float> logits, GenerationOptions options, int row, int place)
    {
        TensorPrimitives.Divide(logits, (float)options.Temperature!.Value, logits);
        if (options.TopK is { } k && k < logits.Length) KeepLargest(logits, k);
        // exp overflows above 88.
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), logits);
        TensorPrimitives.SoftMax(logits, logits);
        if (options.TopP is { } p && p < 1) KeepNucleus(logits, p);
        Span<double> uniform = stackalloc double[1];
        new RandomStream(options.Seed, RandomPurpose.Sampling, place, row).FillUniform(uniform);
        double drawn = uniform[0] * Sum(logits);
        int last = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] == 0) continue;
            last = id;
            drawn -= logits[id];
            if (drawn < 0) break;
        }
        return last;
    }

    /// <summary>All but the k largest get no chance; what is as large as the k-th stays.</summary>
    private static void KeepLargest(Span<float> logits, int k)
    {
        float[] sorted = logits.ToArray();
        Array.Sort(sorted);
        float least = sorted[^k];
        foreach (ref float logit in logits)
            if (logit < least) logit = float.NegativeInfinity;
    }

    /// <summary>The least likely tokens that together have at most 1 - p get no chance; one always stays.</summary>
    private static void KeepNucleus(Span<float> probabilities, double p)
    {
        int[] order = [.. Enumerable.Range(0, probabilities.Length)];
        float[] keys = probabilities.ToArray();
        Array.Sort(keys, order);
        double sum = 0;
        for (int i = 0; i < order.Length - 1; i++)
        {
            sum += keys[i];
            if (sum > 1 - p) break;
            probabilities[order[i]] = 0;
        }
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum;
    }
}
