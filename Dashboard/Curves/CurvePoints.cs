namespace LoraCluster.Dashboard.Curves;

/// <summary>A curve: one value a step, ascending by step, without NaN.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Values">A value for each.</param>
public sealed record CurvePoints(IReadOnlyList<int> Steps, IReadOnlyList<float> Values)
{
    /// <summary>A curve without points.</summary>
    public static CurvePoints Empty { get; } = new([], []);
}
