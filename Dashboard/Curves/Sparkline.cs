using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Curves;

/// <summary>The loss of a run in a list: some dozens of points, whatever the run's length.</summary>
internal sealed class Sparkline
{
    /// <summary>Most points shown.</summary>
    public const int MostPoints = 48;

    private List<int> steps = [];
    private List<float> values = [];

    public CurvePoints Points { get; private set; } = CurvePoints.Empty;

    /// <summary>Appends steps after the last one. A step that is not after it begins the line anew: the run was resumed.</summary>
    public void Append(IEnumerable<(int Step, double Loss)> more)
    {
        foreach (var (step, loss) in more.Where(s => double.IsFinite(s.Loss)))
        {
            if (steps.Count > 0 && step == steps[^1]) continue;
            if (steps.Count > 0 && step < steps[^1]) (steps, values) = ([], []);
            steps.Add(step);
            values.Add((float)loss);
        }
        CurvePoints thinned = LargestTriangles.Thin([.. steps], [.. values], MostPoints);
        // Twice the points are kept, so that what is thinned away step by step is not always the newest.
        if (steps.Count > 2 * MostPoints) (steps, values) = ([.. thinned.Steps], [.. thinned.Values]);
        Points = thinned;
    }

    /// <summary>Appends the steps of a history.</summary>
    public void Append(IReadOnlyList<StepMetrics> more) => Append(more.Select(s => (s.Step, s.Loss)));
}
