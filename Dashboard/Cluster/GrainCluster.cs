using LoraCluster.Grains;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Dashboard.Cluster;

/// <summary>
/// The cluster behind an Orleans client. A call that was on its way to a silo as it was killed is answered by nobody, and Orleans waits
/// for half a minute: the pages would stand still meanwhile, so each call has a bound of its own.
/// </summary>
internal sealed class GrainCluster(IGrainFactory grains, TimeProvider time, ClusterAddress address) : ICluster
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4), LongPatience = TimeSpan.FromSeconds(20);

    public string Description => address.Describe();

    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync() => Within(Patience, grains.GetGrain<IClusterGrain>(0).GetNodesAsync());

    public Task<IReadOnlyList<RunSummary>> ListAsync(int count) =>
        Within(Patience, grains.GetGrain<IRunIndexGrain>(0).ListAsync(count));

    public Task<RunStatus?> GetRunAsync(string runId) => Within(Patience, Run(runId).GetStatusAsync());

    public Task<RunStatus> WaitForRunAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        Within(patience + Patience, Run(runId).WaitForChangeAsync(seenVersion, patience, cancellationToken));

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count) =>
        Within(LongPatience, Run(runId).GetHistoryAsync(fromStep, count));

    public Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId) =>
        Within(LongPatience, Run(runId).GetEvaluationsAsync());

    public Task<IReadOnlyList<RunEvent>> GetEventsAsync(string runId) => Within(Patience, Run(runId).GetEventsAsync());

    public async Task<JobStatus?> GetJobAsync(string jobId) =>
        Job(jobId) is { } job ? await Within(Patience, job.GetStatusAsync()) : null;

    public Task<JobStatus> WaitForJobAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        Job(jobId) is { } job ? Within(patience + Patience, job.WaitForChangeAsync(seenVersion, patience, cancellationToken))
            : throw new ClusterRequestException("this cluster has no evaluations and benchmarks");

    public Task ControlAsync(string id, RunAction action) => (action, JobIds.IsValid(id)) switch
    {
        (RunAction.Cancel, false) => Run(id).CancelAsync().WaitAsync(LongPatience, time),
        (RunAction.Pause, false) => Run(id).PauseAsync().WaitAsync(LongPatience, time),
        (RunAction.Resume, false) => Run(id).ResumeAsync().WaitAsync(LongPatience, time),
        (RunAction.Cancel, true) when Job(id) is { } job => job.CancelAsync().WaitAsync(LongPatience, time),
        _ => throw new ClusterRequestException($"{id} cannot be asked to {action.ToString().ToLowerInvariant()}"),
    };

    public Task<ArtifactManifest?> GetManifestAsync(string artifactId) =>
        Within(LongPatience, grains.GetGrain<IArtifactGrain>(artifactId).GetManifestAsync());

    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk) =>
        Within(LongPatience, grains.GetGrain<IArtifactGrain>(artifactId).ReadChunkAsync(file, chunk));

    private Task<T> Within<T>(TimeSpan patience, Task<T> call) => call.WaitAsync(patience, time);

    private IRunGrain Run(string runId) => grains.GetGrain<IRunGrain>(runId);

    private IJobGrain? Job(string jobId)
    {
        // Silos of an older version know no jobs, and Orleans then refuses to make the reference.
        try { return grains.GetGrain<IJobGrain>(jobId); }
        catch (ArgumentException) { return null; }
    }
}
