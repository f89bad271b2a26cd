using LoraCluster.Grains.Jobs;

namespace LoraCluster.Client.Connection;

/// <summary>What the client asks of a cluster's jobs; as <see cref="IClusterConnection"/>.</summary>
internal interface IJobConnection
{
    Task<JobStatus> SubmitAsync(string jobId, JobSpec spec, CancellationToken cancellationToken);

    Task<JobStatus?> GetStatusAsync(string jobId, CancellationToken cancellationToken);

    Task<JobStatus> WaitForChangeAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken);

    Task CancelAsync(string jobId, CancellationToken cancellationToken);

    Task DeleteAsync(string jobId, CancellationToken cancellationToken);

    Task<PredictionChunk> GetPredictionsAsync(string jobId, int chunk, CancellationToken cancellationToken);
}
