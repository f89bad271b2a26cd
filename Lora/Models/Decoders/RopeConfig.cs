using System.Text.Json.Nodes;

namespace LoraCluster.Models.Decoders;

/// <summary>Kinds of rotary positions.</summary>
public enum RopeKind
{
    /// <summary>As first published.</summary>
    Default,
    /// <summary>Every frequency divided by a factor.</summary>
    Linear,
    /// <summary>Llama 3.1's: long waves divided by a factor, short ones kept, a ramp between.</summary>
    Llama3,
}

/// <summary>Frequencies of rotary positions: theta^(-2i/D), changed as the kind says (transformers/modeling_rope_utils.py).</summary>
public sealed record RopeConfig
{
    /// <summary>The kind.</summary>
    public RopeKind Kind { get; init; }
    /// <summary>theta, above 0.</summary>
    public required double Theta { get; init; }
    /// <summary>What long waves are stretched by; 1 or more.</summary>
    public double Factor { get; init; } = 1;
    /// <summary>Waves longer than original positions / this are stretched whole.</summary>
    public double LowFrequencyFactor { get; init; } = 1;
    /// <summary>Waves shorter than original positions / this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;
    /// <summary>Positions of the model before it was stretched.</summary>
    public int OriginalPositions { get; init; } = 8192;

    /// <summary>The D / 2 frequencies of a head of width D.</summary>
    public float[] Frequencies(int headSize)
    {
        var frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = Stretched(1 / (float)Math.Pow(Theta, (float)(2 * i) / headSize));
        return frequencies;
    }

    /// <summary>Reads <c>rope_scaling</c> with <c>rope_theta</c> (transformers before 5), or else <c>rope_parameters</c>.</summary>
    internal static RopeConfig Read(ConfigReader reader, double defaultTheta, int positions)
    {
        ConfigReader part = reader.Part("rope_scaling", "rope_parameters");
        double Above0(ConfigReader from, string name, double fallback) => from.Double(name, fallback, x => x > 0, "a number above 0");
        string kind = part.Text("rope_type", part.Text("type", "default"));
        if (kind is not ("default" or "linear" or "llama3"))
            reader.Fault($"the rope_type is '{kind}'; allowed are default, linear and llama3");
        double share = part.Double("partial_rotary_factor", reader.Double("partial_rotary_factor", 1, _ => true, ""), _ => true, "");
        if (share != 1) reader.Fault($"partial_rotary_factor is {share.ToString(System.Globalization.CultureInfo.InvariantCulture)}; "
            + "allowed is 1");
        foreach (string needed in kind switch
        {
            "linear" => (string[])["factor"],
            "llama3" => ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
            _ => [],
        })
        {
            if (!part.Has(needed)) reader.Fault($"{needed} is missing beside rope_type '{kind}'");
        }
        return new RopeConfig
        {
            Kind = kind switch { "linear" => RopeKind.Linear, "llama3" => RopeKind.Llama3, _ => RopeKind.Default },
            Theta = Above0(part, "rope_theta", Above0(reader, "rope_theta", defaultTheta)),
            Factor = Above0(part, "factor", 1),
            LowFrequencyFactor = Above0(part, "low_freq_factor", 1),
            HighFrequencyFactor = Above0(part, "high_freq_factor", 4),
            OriginalPositions = part.Int("original_max_position_embeddings", positions),
        };
    }

    /// <summary>The value of <c>rope_parameters</c>.</summary>
    internal JsonObject Write()
    {
        var json = new JsonObject { ["rope_type"] = Kind.ToString().ToLowerInvariant(), ["rope_theta"] = Theta };
        if (Kind != RopeKind.Default) json["factor"] = Factor;
        if (Kind != RopeKind.Llama3) return json;
        json["low_freq_factor"] = LowFrequencyFactor;
        json["high_freq_factor"] = HighFrequencyFactor;
        json["original_max_position_embeddings"] = OriginalPositions;
        return json;
    }

    private float Stretched(float frequency)
    {
        float factor = (float)Factor;
        if (Kind == RopeKind.Default) return frequency;
        if (Kind == RopeKind.Linear) return frequency / factor;
        float wave = (float)(2 * Math.PI) / frequency, low = (float)LowFrequencyFactor, high = (float)HighFrequencyFactor;
        if (wave > OriginalPositions / low) return frequency / factor;
        if (wave < OriginalPositions / high) return frequency;
        float smooth = (OriginalPositions / wave - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }
}
