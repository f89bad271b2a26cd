namespace LoraCluster.QuickStart;

/// <summary>
/// A field of life that sentences are about: its aspects, what people do when pleased or displeased, where and when it happens.
/// </summary>
internal sealed record Domain
{
    public required string Name { get; init; }

    public required IReadOnlyList<Aspect> Aspects { get; init; }

    /// <summary>Verb phrases in the past that follow from being pleased.</summary>
    public required IReadOnlyList<string> Pleased { get; init; }

    /// <summary>Verb phrases in the past that follow from being displeased.</summary>
    public required IReadOnlyList<string> Displeased { get; init; }

    /// <summary>Prepositional phrases that end in a proper name, as "at the NAME".</summary>
    public required IReadOnlyList<string> Where { get; init; }

    /// <summary>Verb phrases in the past that say nothing about liking.</summary>
    public required IReadOnlyList<string> Neutral { get; init; }

    public IReadOnlyList<string> Consequences(bool good) => good ? Pleased : Displeased;

    /// <summary>
    /// Reads a domain: lines <c>key: item, item</c>; a line without a key goes on with the one above. The line <c>aspect: name</c> opens
    /// an aspect; the keys one, many, good, bad, degree, did and do belong to it. The keys domain, pleased, displeased, where and neutral
    /// belong to the domain.
    /// </summary>
    public static Domain Parse(string text)
    {
        var ofDomain = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var aspects = new List<Dictionary<string, IReadOnlyList<string>>>();
        foreach ((string key, string items) in Entries(text))
        {
            if (key == "aspect") aspects.Add(new(StringComparer.Ordinal));
            bool belongsToAspect = key is "aspect" or "one" or "many" or "good" or "bad" or "degree" or "did" or "do";
            (belongsToAspect ? aspects[^1] : ofDomain).Add(
                key, items.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        return new Domain
        {
            Name = ofDomain["domain"][0],
            Aspects = [.. aspects.Select(ToAspect)],
            Pleased = ofDomain["pleased"],
            Displeased = ofDomain["displeased"],
            Where = ofDomain["where"],
            Neutral = ofDomain["neutral"],
        };
    }

    private static Aspect ToAspect(IReadOnlyDictionary<string, IReadOnlyList<string>> keys) => new()
    {
        Name = keys["aspect"][0],
        One = keys["one"],
        Many = keys["many"],
        Good = keys["good"],
        Bad = keys["bad"],
        Degree = keys["degree"],
        Did = keys["did"],
        Do = keys["do"],
    };

    private static List<(string Key, string Items)> Entries(string text)
    {
        var entries = new List<(string Key, string Items)>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0) entries.Add((line[..colon], line[(colon + 1)..]));
            else entries[^1] = (entries[^1].Key, $"{entries[^1].Items} {line}");
        }

        return entries;
    }
}
