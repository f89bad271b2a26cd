using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LoraCluster.Client.Rendering;

/// <summary>State, bar, figures and remarks of a run, a line each; what does not fit the width is left out, the least telling
/// first.</summary>
internal sealed class RunProgressView : Renderable
{
    private const int WidestBar = 60, MostNotices = 3;
    private const string Gap = "  ";

    /// <summary>The status to show; null: nothing yet.</summary>
    public RunStatus? Status { get; set; }

    /// <summary>A line below; empty: none.</summary>
    public string Note { get; set; } = "";

    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        if (Status is not { } status || maxWidth < 1) return [];
        var segments = new List<Segment>();
        string title = status.RunId + (status.Spec.Name.Length > 0 ? Gap + status.Spec.Name : "");
        AddLine(segments, maxWidth, (ProgressText.Of(status.State), RunColors.Of(status.State)), (title, Style.Plain),
            (status.Reason, new Style(Color.Grey)));
        if (status.Progress.Steps > 0) AddBar(segments, options, maxWidth, status);
        AddLine(segments, maxWidth, [.. ProgressText.Parts(status).Select(part => (part, Style.Plain))]);
        // At once, so that a run with a wrong target can be stopped; in full they are in the report at the end.
        AddLine(segments, maxWidth, (Note, new Style(Color.Yellow)));
        if (RunTransitions.IsAtRest(status.State)) return segments;
        foreach (string notice in status.Notices.TakeLast(MostNotices))
            AddLine(segments, maxWidth, ($"note: {notice}", new Style(Color.Yellow)));
        return segments;
    }

    /// <summary>Joins as many texts as fit; the first is cut if even it does not.</summary>
    private static void AddLine(List<Segment> segments, int width, params (string Text, Style Style)[] parts)
    {
        int used = 0;
        foreach ((string text, Style style) in parts)
        {
            if (text.Length == 0) continue;
            string lead = used == 0 ? "" : Gap;
            string clean = OneLine(text);
            if (used > 0 && used + lead.Length + new Segment(clean).CellCount() > width) break;
            if (used == 0 && new Segment(clean).CellCount() > width) clean = clean[..Math.Min(clean.Length, width)];
            segments.Add(new Segment(lead + clean, style));
            used += lead.Length + new Segment(clean).CellCount();
        }
        if (used > 0) segments.Add(Segment.LineBreak);
    }

    private static void AddBar(List<Segment> segments, RenderOptions options, int width, RunStatus status)
    {
        double share = ProgressText.Share(status.Progress);
        string percent = Figures.Invariant($"{Math.Floor(share * 100),3:0} %");
        string steps = $"step {status.Progress.Step}/{status.Progress.Steps}";
        int bar = Math.Min(WidestBar, width - percent.Length - steps.Length - (2 * Gap.Length));
        if (bar >= 5)
        {
            int full = (int)(share * bar);
            (char done, char open) = options.Unicode ? ('━', '─') : ('#', '-');
            segments.Add(new Segment(new string(done, full), RunColors.Of(status.State)));
            segments.Add(new Segment(new string(open, bar - full), new Style(Color.Grey)));
            segments.Add(new Segment(Gap + percent + Gap + steps));
            segments.Add(Segment.LineBreak);
        }
        else AddLine(segments, width, (percent.TrimStart(), Style.Plain), (steps, Style.Plain));
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
