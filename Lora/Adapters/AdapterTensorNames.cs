namespace LoraCluster.Adapters;

/// <summary>
/// Brings the tensor names of an adapter file to those that PEFT 0.20 loads. Older and newer releases differ in DoRA's vector and in the
/// biases, and <c>bias: all</c> also writes copies of the head's biases (the trained ones under <c>modules_to_save</c>, the frozen ones
/// under <c>original_module</c>), which say nothing new.
/// </summary>
internal static class AdapterTensorNames
{
    private const string Bias = ".bias", BaseWeight = ".base_layer.weight";
    private const string SavedCopy = ".modules_to_save.", DefaultCopy = ".modules_to_save.default.", FrozenCopy = ".original_module.";

    /// <summary>Today's name of a tensor, or null for a copy that is left out.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="config">The adapter's configuration.</param>
    /// <param name="all">All names in the file.</param>
    public static string? Canonical(string name, LoraConfig config, IReadOnlySet<string> all)
    {
        if (config.WeightDecomposed && name.EndsWith(".lora_magnitude_vector.weight", StringComparison.Ordinal))
            return name[..^".weight".Length];
        if (config.Bias == BiasTraining.None) return name;
        // Before the layer below an adapter had a name of its own, its bias was the adapted layer's.
        if (name.EndsWith(Bias, StringComparison.Ordinal) && all.Contains(name[..^Bias.Length] + ".lora_A.weight"))
            return name[..^Bias.Length] + ".base_layer" + Bias;
        if (config.Bias != BiasTraining.All) return name;
        if (name.Contains(FrozenCopy, StringComparison.Ordinal)) return null;
        string plain = name.Replace(DefaultCopy, ".", StringComparison.Ordinal).Replace(SavedCopy, ".", StringComparison.Ordinal);
        return plain != name && all.Contains(plain) ? null : plain;
    }

    /// <summary>The base's tensor that one in the file is a copy of, with PEFT's prefix, or null if it is none.</summary>
    /// <param name="name">Its canonical name.</param>
    /// <param name="all">All names in the file.</param>
    public static string? CopiedFrom(string name, IReadOnlySet<string> all)
    {
        if (!name.StartsWith("base_model.model.", StringComparison.Ordinal)) return null;
        if (!name.EndsWith(BaseWeight, StringComparison.Ordinal)) return null;
        string module = name[..^BaseWeight.Length];
        return all.Contains(module + ".lora_A.weight") || all.Contains(module + ".lora_embedding_A") ? module + ".weight" : null;
    }
}
