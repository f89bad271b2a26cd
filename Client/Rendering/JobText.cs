using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Rendering;

/// <summary>A job in words.</summary>
internal static class JobText
{
    /// <summary>Where it stands, on one line.</summary>
    public static string State(JobStatus job)
    {
        List<string> parts = [job.JobId, ProgressText.Of(job.State)];
        if (job.Silos.Count > 0) parts.Add("on " + string.Join(", ", job.Silos.Distinct(StringComparer.Ordinal)));
        if (job.Phase.Length > 0) parts.Add(job.Phase);
        if (job.Reason.Length > 0) parts.Add(job.Reason);
        return string.Join("  ", parts);
    }

    /// <summary>A value with its interval, as <c>0.877 (0.854 to 0.897)</c>.</summary>
    public static string Of(Estimate? estimate) => estimate is null ? ""
        : Figures.Invariant($"{estimate.Value:0.000} ({estimate.Low:0.000} to {estimate.High:0.000})");

    /// <summary>A share with its interval, as <c>87.7 % (85.4 to 89.7)</c>.</summary>
    public static string Percent(Estimate? estimate) => estimate is null ? "-"
        : Figures.Invariant($"{estimate.Value * 100:0.0} % ({estimate.Low * 100:0.0} to {estimate.High * 100:0.0})");

    /// <summary>What an evaluation was of.</summary>
    public static string Adapter(EvaluationSpec spec) =>
        spec.Adapter is null ? "" : spec.Merge ? $"{spec.Adapter.Name}, merged" : spec.Adapter.Name;
}
