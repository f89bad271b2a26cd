namespace LoraCluster.QuickStart;

/// <summary>English spelling rules that the templates need.</summary>
internal static class Grammar
{
    private static readonly string[] ConsonantSound = ["uni", "use", "eu", "one"];

    /// <summary>The phrase with "a" or "an" before it.</summary>
    public static string WithArticle(string phrase) => (StartsWithVowelSound(phrase) ? "an " : "a ") + phrase;

    /// <summary>The sentence with a capital at its start.</summary>
    public static string Capitalized(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];

    private static bool StartsWithVowelSound(string phrase) =>
        phrase.StartsWith("hono", StringComparison.Ordinal) || phrase.StartsWith("hones", StringComparison.Ordinal)
        || ("aeiou".Contains(phrase[0], StringComparison.Ordinal)
            && !(Array.Exists(ConsonantSound, s => phrase.StartsWith(s, StringComparison.Ordinal))
                && !phrase.StartsWith("unin", StringComparison.Ordinal) && !phrase.StartsWith("unim", StringComparison.Ordinal)));
}
