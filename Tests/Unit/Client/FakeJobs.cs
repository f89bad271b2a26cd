using LoraCluster.Client.Connection;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Unit.Client;

/// <summary>Jobs that end as the test says, at the first wait.</summary>
internal sealed class FakeJobs : IJobConnection
{
    private readonly Dictionary<string, JobStatus> _jobs = [];

    /// <summary>What a submitted job becomes.</summary>
    public Func<JobStatus, JobStatus> End { get; set; } = job => job with { State = RunState.Failed, Reason = "no end was set" };

    public IReadOnlyList<PredictionChunk> Predictions { get; set; } = [];

    /// <summary>A job that is there already.</summary>
    public void Add(JobStatus job) => _jobs[job.JobId] = job;

    public JobSpec Submitted => _jobs.Values.Last().Spec;

    public Task<JobStatus> SubmitAsync(string jobId, JobSpec spec, CancellationToken cancellationToken) =>
        Task.FromResult(_jobs[jobId] = new JobStatus { JobId = jobId, Spec = spec, State = RunState.Queued, Version = 1 });

    public Task<JobStatus?> GetStatusAsync(string jobId, CancellationToken cancellationToken) =>
        Task.FromResult(_jobs.GetValueOrDefault(jobId));

    public Task<JobStatus> WaitForChangeAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        Task.FromResult(_jobs[jobId] = End(_jobs[jobId]) with { Version = seenVersion + 1 });

    public Task CancelAsync(string jobId, CancellationToken cancellationToken)
    {
        _jobs[jobId] = _jobs[jobId] with { State = RunState.Cancelled };
        return Task.CompletedTask;
    }

    public Task DeleteAsync(string jobId, CancellationToken cancellationToken)
    {
        _jobs.Remove(jobId);
        return Task.CompletedTask;
    }

    public Task<PredictionChunk> GetPredictionsAsync(string jobId, int chunk, CancellationToken cancellationToken) =>
        Task.FromResult(Predictions[chunk]);
}
