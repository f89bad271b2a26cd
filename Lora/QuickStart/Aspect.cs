namespace LoraCluster.QuickStart;

/// <summary>
/// One side of a domain that a reviewer can judge, as the dishes of a restaurant: its nouns, what is said of it, what is done with it.
/// </summary>
internal sealed record Aspect
{
    public required string Name { get; init; }

    /// <summary>Countable nouns in the singular.</summary>
    public required IReadOnlyList<string> One { get; init; }

    /// <summary>Nouns in the plural.</summary>
    public required IReadOnlyList<string> Many { get; init; }

    public required IReadOnlyList<string> Good { get; init; }

    public required IReadOnlyList<string> Bad { get; init; }

    /// <summary>Adjectives that please in the right degree and displease beyond it.</summary>
    public required IReadOnlyList<string> Degree { get; init; }

    /// <summary>Verbs in the past that take the noun as their object.</summary>
    public required IReadOnlyList<string> Did { get; init; }

    /// <summary>The same verbs in the infinitive, in the same order.</summary>
    public required IReadOnlyList<string> Do { get; init; }

    public IReadOnlyList<string> Adjectives(bool good) => good ? Good : Bad;
}
