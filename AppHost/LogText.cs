using System.Globalization;

namespace LoraCluster.AppHost;

/// <summary>A line of a resource's log: the process's own text, apart from what Aspire and its orchestrator add to it.</summary>
internal static class LogText
{
    // Aspire's notes on a resource share the log with what its process writes, and nothing else tells them apart.
    private static readonly string[] Notes =
    [
        "[sys] ", "Waiting for resource ", "Finished waiting for resource ", "No custom certificate authorities ",
        "Executing command ", "Successfully executed command ",
    ];

    /// <summary>True if Aspire wrote the line, not the process.</summary>
    public static bool IsNote(string text) => Notes.Any(n => text.StartsWith(n, StringComparison.Ordinal));

    /// <summary>The text without the time in front of it.</summary>
    public static string Of(LogLine line)
    {
        string text = line.Content;
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        string first = blank < 0 ? text : text[..blank];
        bool isTime = first.Length >= 20 && first[^1] == 'Z'
            && DateTimeOffset.TryParse(first, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
        return !isTime ? text : blank < 0 ? "" : text[(blank + 1)..];
    }
}
