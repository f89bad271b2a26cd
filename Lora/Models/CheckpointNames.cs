namespace LoraCluster.Models;

/// <summary>
/// Brings the tensor names of a checkpoint to the family's own: with or without the base model's prefix, with the first releases' names of
/// the norms, less what the model has no use for. A pure function over names.
/// </summary>
/// <param name="family">The family.</param>
/// <param name="layout">What the model is made of.</param>
internal sealed class CheckpointNames(ModelFamily family, ModelLayout layout)
{
    private static readonly string[] Buffers = ["embeddings.position_ids", "embeddings.token_type_ids",
        "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached"];
    private readonly HashSet<string> _known = layout.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The family's name for a tensor of a checkpoint, or null if it is one that is skipped.</summary>
    public string? Canonical(string name)
    {
        string renamed = Rename(name), inside = layout.BasePrefix + "." + renamed;
        if (_known.Contains(renamed)) return renamed;
        if (_known.Contains(inside)) return inside;
        if (Buffers.Any(buffer => renamed.EndsWith(buffer, StringComparison.Ordinal))) return null;
        return family.Superfluous.Any(part => renamed.StartsWith(part, StringComparison.Ordinal)) ? null : renamed;
    }

    private static string Rename(string name)
    {
        if (name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal)) return string.Concat(name.AsSpan(0, name.Length - 5), "weight");
        if (name.EndsWith("LayerNorm.beta", StringComparison.Ordinal)) return string.Concat(name.AsSpan(0, name.Length - 4), "bias");
        return name;
    }
}
