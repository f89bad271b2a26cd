using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains.Jobs;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>Follows an evaluation or a benchmark.</summary>
internal sealed class FollowedJob(ICluster cluster, string jobId, TimeProvider time) : FollowedItem<JobStatus>(time)
{
    protected override async Task<JobStatus?> NextAsync(JobStatus? last, CancellationToken cancellationToken) => last is null
        ? await cluster.GetJobAsync(jobId)
        : await cluster.WaitForJobAsync(jobId, last.Version, PollPatience, cancellationToken);
}
