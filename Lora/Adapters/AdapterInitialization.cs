using LoraCluster.Randomness;

namespace LoraCluster.Adapters;

/// <summary>What a fresh adapter starts from (PEFT's <c>init_lora_weights</c>).</summary>
public enum AdapterInitialization
{
    /// <summary>A uniform in ±1/sqrt(in), B zero: the model starts as the base (PEFT's true).</summary>
    KaimingUniform,

    /// <summary>A normal with standard deviation 1/r, B zero (PEFT's "gaussian").</summary>
    Gaussian,

    /// <summary>A uniform in ±1/sqrt(in) and B uniform in ±1/sqrt(r), as fresh linear layers are: the model does not start as the base
    /// (PEFT's false).</summary>
    Random,

    /// <summary>The principal part of the base weight (PEFT's "pissa"); the rest of it is frozen.</summary>
    Pissa,

    /// <summary>The first part of the base weight's QR decomposition (PEFT's "olora"); the rest of it is frozen.</summary>
    Olora,
}

/// <summary>Draws the first values of A and B.</summary>
internal static class AdapterInitializer
{
    /// <summary>A [rank, in].</summary>
    public static void FillA(AdapterInitialization kind, Span<float> values, long[] shape, RandomStream stream)
    {
        if (kind == AdapterInitialization.Gaussian) stream.FillNormal(values, 0, 1.0 / shape[0]);
        else FillKaimingUniform(values, shape[1], stream);
    }

    /// <summary>B [out, rank].</summary>
    public static void FillB(AdapterInitialization kind, Span<float> values, long[] shape, RandomStream stream)
    {
        if (kind == AdapterInitialization.Random) FillKaimingUniform(values, shape[1], stream);
        else values.Clear();
    }

    /// <summary>A of an embedding: zero, or normal for <see cref="AdapterInitialization.Random"/>. Its B is normal in any case.</summary>
    public static void FillEmbeddingA(AdapterInitialization kind, Span<float> values, RandomStream stream)
    {
        if (kind == AdapterInitialization.Random) stream.FillNormal(values, 0, 1);
        else values.Clear();
    }

    private static void FillKaimingUniform(Span<float> values, long inputs, RandomStream stream)
    {
        // gain(a = sqrt 5) = sqrt(2 / (1 + 5)), std = gain / sqrt(in), bound = sqrt(3) std = 1 / sqrt(in).
        double bound = 1 / Math.Sqrt(inputs);
        stream.FillUniform(values, -bound, bound);
    }
}
