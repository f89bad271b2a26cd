namespace LoraCluster.Models.Decoders;

/// <summary>The shape of a causal language model.</summary>
public abstract record DecoderConfig : ModelConfig
{
    /// <summary>Heads of keys and values; divides <see cref="ModelConfig.Heads"/>, and each serves as many query heads (grouped-query
    /// attention, Ainslie et al. 2023).</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one attention head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>True if the layer over the vocabulary has the embedding's weight.</summary>
    public required bool TiesHead { get; init; }

    /// <summary>True if config.json names a padding token: its embedding takes no gradient. Else rows are filled with id 0.</summary>
    public required bool HasPadding { get; init; }

    /// <summary>Id in front of a text, or null.</summary>
    public required int? BosId { get; init; }

    /// <summary>Ids that end a text; may be empty.</summary>
    public required IReadOnlyList<int> EosIds { get; init; }
}
