using System.Collections.Immutable;
using System.Globalization;
using LoraCluster.Grains.Runs;

namespace LoraCluster.AppHost.RunRows;

/// <summary>What the row of a run or job shows.</summary>
internal sealed record RowContent
{
    // Aspire's own name for what stands in the column "Source".
    internal const string Source = "resource.source";

    /// <summary>The property by which the buttons know where a run stands: the column "State" shows figures.</summary>
    internal const string Standing = "Standing";

    /// <summary>Beyond this the column "State" cuts a text off.</summary>
    public const int Width = 20;

    public required string Id { get; init; }
    public required RunKind Kind { get; init; }
    public required long Version { get; init; }
    public required RunState State { get; init; }

    /// <summary>For the column "State": at most <see cref="Width"/> characters, without a slash.</summary>
    public required string StateText { get; init; }

    /// <summary>The figures in one line; before there are any, what the run waits for.</summary>
    public required string Figures { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Names and values for the panel of details; one without a value is left out.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Details { get; init; }

    /// <summary>The row's first appearance.</summary>
    public CustomResourceSnapshot Initial() => new() { ResourceType = TypeOf(Kind), Properties = [] };

    /// <summary>The row with this content.</summary>
    /// <param name="before">The row as it is.</param>
    /// <param name="links">Names and addresses of its pages.</param>
    public CustomResourceSnapshot Show(CustomResourceSnapshot before, params IEnumerable<(string Name, string Url)> links) => before with
    {
        ResourceType = TypeOf(Kind),
        State = new ResourceStateSnapshot(StateText, Style(State)),
        CreationTimeStamp = SubmittedAt.UtcDateTime,
        StartTimeStamp = (StartedAt ?? SubmittedAt).UtcDateTime,
        StopTimeStamp = RunTransitions.IsAtRest(State) ? EndedAt?.UtcDateTime : null,
        ExitCode = State switch { RunState.Completed => 0, RunState.Failed => 1, _ => null },
        Urls = [.. links.Select(link => new UrlSnapshot(link.Name, link.Url, IsInternal: false))],
        Properties = Properties(),
    };

    /// <summary>A run that was deleted, or pushed out by newer ones.</summary>
    public static CustomResourceSnapshot Hide(CustomResourceSnapshot before) => before with { IsHidden = true };

    /// <summary>Where the run of a row stands; null before it is known.</summary>
    public static RunState? StandingOf(CustomResourceSnapshot row) =>
        Enum.TryParse(row.Properties.FirstOrDefault(p => p.Name == Standing)?.Value as string, out RunState state) ? state : null;

    /// <summary>The first text that fits the column "State".</summary>
    public static string Fitting(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
            if (text.Length is > 0 and <= Width && !text.Contains('/', StringComparison.Ordinal)) return text;
        return texts[^1];
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private ImmutableArray<ResourcePropertySnapshot> Properties() =>
    [
        .. new[] { (Source, (string?)Figures), (Standing, State.ToString()) }.Concat(Details).Where(d => !string.IsNullOrEmpty(d.Item2))
            .Select(d => new ResourcePropertySnapshot(d.Item1, d.Item2) { IsHighlighted = d.Item1 is not (Source or Standing) }),
    ];

    private static string TypeOf(RunKind kind) => kind == RunKind.Training ? "Run" : kind.ToString();

    private static string Style(RunState state) => state switch
    {
        RunState.Completed or RunState.Running => KnownResourceStateStyles.Success,
        RunState.Failed => KnownResourceStateStyles.Error,
        RunState.Cancelled or RunState.Cancelling or RunState.Paused or RunState.Pausing => KnownResourceStateStyles.Warn,
        _ => KnownResourceStateStyles.Info,
    };
}
