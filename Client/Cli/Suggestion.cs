using System.Reflection;
using LoraCluster.Client.Commands;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Cli;

/// <summary>The nearest known word to a mistyped one.</summary>
internal static class Suggestion
{
    private const int FarthestDistance = 3;

    /// <summary>The nearest option of a command (without dashes), or null if none is near.</summary>
    public static string? ForOption(Type settings, string unknown)
    {
        IEnumerable<string> options = settings.GetProperties()
            .SelectMany(property => property.GetCustomAttribute<CommandOptionAttribute>()?.LongNames ?? []);
        return Nearest([.. options, "help"], unknown);
    }

    public static string? Nearest(IEnumerable<string> words, string unknown)
    {
        (string? word, int distance) best = (null, int.MaxValue);
        foreach (string word in words)
        {
            // A beginning counts as near: --learning is not far from --learning-rate for whoever typed it.
            bool begins = unknown.Length >= 3 && word.StartsWith(unknown, StringComparison.OrdinalIgnoreCase);
            int distance = begins ? 1 : Distance(word, unknown.ToLowerInvariant());
            if (distance < best.distance) best = (word, distance);
        }
        return best.distance <= Math.Min(FarthestDistance, Math.Max(1, unknown.Length / 2)) ? best.word : null;
    }

    /// <summary>Levenshtein distance: insertions, deletions and substitutions.</summary>
    private static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.Length];
    }
}
