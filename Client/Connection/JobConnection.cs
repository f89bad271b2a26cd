using System.Diagnostics;
using LoraCluster.Grains;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Connection;

/// <summary>A cluster's jobs by way of their grains; every call is repeated within a bound when it failed on the way.</summary>
internal sealed class JobConnection(IGrainFactory grains, BoundedRetry retry, Func<Exception, Exception> lost) : IJobConnection
{
    public async Task<JobStatus> SubmitAsync(string jobId, JobSpec spec, CancellationToken cancellationToken)
    {
        using Activity? submit = GrainConnection.StartSubmit(jobId);
        return await AskAsync(() => Job(jobId).SubmitAsync(spec), cancellationToken);
    }

    public Task<JobStatus?> GetStatusAsync(string jobId, CancellationToken cancellationToken) =>
        AskAsync(() => Job(jobId).GetStatusAsync(), cancellationToken);

    public Task<JobStatus> WaitForChangeAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        AskAsync(() => Job(jobId).WaitForChangeAsync(seenVersion, patience, cancellationToken), cancellationToken);

    public Task CancelAsync(string jobId, CancellationToken cancellationToken) => TellAsync(jobId, job => job.CancelAsync(),
        status => status?.State is RunState.Cancelling or RunState.Cancelled, cancellationToken);

    public Task DeleteAsync(string jobId, CancellationToken cancellationToken) =>
        TellAsync(jobId, job => job.DeleteAsync(), status => status is null, cancellationToken);

    public Task<PredictionChunk> GetPredictionsAsync(string jobId, int chunk, CancellationToken cancellationToken) =>
        AskAsync(() => Job(jobId).GetPredictionsAsync(chunk), cancellationToken);

    private IJobGrain Job(string jobId) => grains.GetGrain<IJobGrain>(jobId);

    private Task<T> AskAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        retry.RunAsync(_ => call(), lost, cancellationToken);

    // As of a run: an answer may be lost after the request took effect, and the repetition is then refused.
    private Task TellAsync(
        string jobId, Func<IJobGrain, Task> call, Func<JobStatus?, bool> tookEffect, CancellationToken cancellationToken) =>
        retry.RunAsync(async attempt =>
        {
            try { await call(Job(jobId)); }
            catch (ClusterRequestException) when (attempt > 1)
            {
                if (!tookEffect(await Job(jobId).GetStatusAsync())) throw;
            }
            return true;
        }, lost, cancellationToken);
}
