using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Curves;

/// <summary>
/// The loss of a run in a list: means over stretches of steps of one width, which doubles when there would be too many.
/// </summary>
internal sealed class Sparkline
{
    /// <summary>Most points shown.</summary>
    public const int MostPoints = 48;

    private readonly List<Stretch> stretches = [];
    private int width = 1, lastStep;

    public CurvePoints Points { get; private set; } = CurvePoints.Empty;

    /// <summary>Appends steps after the last one. A step before it begins the line anew: the run was resumed.</summary>
    public void Append(IEnumerable<(int Step, double Loss)> more)
    {
        foreach (var (step, loss) in more)
        {
            if (!double.IsFinite(loss) || step == lastStep) continue;
            if (step < lastStep) Clear();
            lastStep = step;
            Add(new Stretch(step / width, step, loss, 1));
            while (stretches.Count > MostPoints) Widen();
        }
        Points = new CurvePoints([.. stretches.Select(s => s.LastStep)], [.. stretches.Select(s => (float)(s.Sum / s.Count))]);
    }

    /// <summary>Appends the steps of a history.</summary>
    public void Append(IReadOnlyList<StepMetrics> more) => Append(more.Select(s => (s.Step, s.Loss)));

    private void Add(Stretch next)
    {
        if (stretches.Count > 0 && stretches[^1].Index == next.Index)
        {
            Stretch last = stretches[^1];
            stretches[^1] = next with { Sum = last.Sum + next.Sum, Count = last.Count + next.Count };
        }
        else stretches.Add(next);
    }

    private void Widen()
    {
        width *= 2;
        List<Stretch> narrow = [.. stretches];
        stretches.Clear();
        foreach (Stretch stretch in narrow) Add(stretch with { Index = stretch.Index / 2 });
    }

    private void Clear()
    {
        stretches.Clear();
        (width, lastStep) = (1, 0);
    }

    private readonly record struct Stretch(int Index, int LastStep, double Sum, int Count);
}
