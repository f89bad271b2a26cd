using LoraCluster.Grains.Jobs;

namespace LoraCluster.Reports.Sections;

/// <summary>How a job is called in tables and figures: the user's label, or the id.</summary>
internal static class JobLabel
{
    public static string Of(JobStatus job) => job.Spec.Name.Length > 0 ? $"{job.Spec.Name} ({job.JobId})" : job.JobId;
}
