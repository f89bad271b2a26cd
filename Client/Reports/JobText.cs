using LoraCluster.Grains.Jobs;

namespace LoraCluster.Client.Reports;

/// <summary>A job in words.</summary>
internal static class JobText
{
    public static string Label(JobStatus job) => job.Spec.Name.Length > 0 ? $"{job.Spec.Name} ({job.JobId})" : job.JobId;
}
