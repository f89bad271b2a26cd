namespace LoraCluster.Models;

/// <summary>
/// Brings the tensor names of a checkpoint to the family's own: with or without the encoder's prefix, with the first releases' names of the
/// norms, less what only pre-training used. A pure function over names.
/// </summary>
internal static class CheckpointNames
{
    /// <summary>The family's name for a tensor of a checkpoint, or null if it is one that is skipped.</summary>
    public static string? Canonical(string name, EncoderFamily family)
    {
        string renamed = Rename(name);
        if (renamed.EndsWith("embeddings.position_ids", StringComparison.Ordinal)) return null;
        if (family.PretrainingHeads.Any(head => renamed.StartsWith(head, StringComparison.Ordinal))) return null;
        string prefix = family.Prefix + ".";
        bool bare = !renamed.StartsWith(prefix, StringComparison.Ordinal) && IsEncoderPart(renamed, family);
        return bare ? prefix + renamed : renamed;
    }

    private static string Rename(string name)
    {
        if (name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal)) return string.Concat(name.AsSpan(0, name.Length - 5), "weight");
        if (name.EndsWith("LayerNorm.beta", StringComparison.Ordinal)) return string.Concat(name.AsSpan(0, name.Length - 4), "bias");
        return name;
    }

    private static bool IsEncoderPart(string name, EncoderFamily family)
    {
        EncoderKeyMap k = family.Keys;
        string[] inside = [k.WordEmbeddings, k.Query, .. k.Pooler is null ? Array.Empty<string>() : [k.Pooler]];
        return inside.Any(path => name.StartsWith(path.Split('.')[1] + ".", StringComparison.Ordinal));
    }
}
