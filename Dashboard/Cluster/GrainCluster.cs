using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Cluster;

/// <summary>The cluster behind an Orleans client.</summary>
internal sealed class GrainCluster(IGrainFactory grains) : ICluster
{
    public Task<IReadOnlyList<NodeStatus>> GetNodesAsync() => grains.GetGrain<IClusterGrain>(0).GetNodesAsync();

    public Task<IReadOnlyList<RunSummary>> ListAsync(int count) => grains.GetGrain<IRunIndexGrain>(0).ListAsync(count);

    public Task<RunStatus?> GetRunAsync(string runId) => Run(runId).GetStatusAsync();

    public Task<RunStatus> WaitForRunAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        Run(runId).WaitForChangeAsync(seenVersion, patience, cancellationToken);

    public Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count) =>
        Run(runId).GetHistoryAsync(fromStep, count);

    public Task<IReadOnlyList<RunEvent>> GetEventsAsync(string runId) => Run(runId).GetEventsAsync();

    public async Task<JobStatus?> GetJobAsync(string jobId) => Job(jobId) is { } job ? await job.GetStatusAsync() : null;

    public Task<JobStatus> WaitForJobAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken) =>
        Job(jobId)?.WaitForChangeAsync(seenVersion, patience, cancellationToken)
        ?? throw new Grains.ClusterRequestException("this cluster has no evaluations and benchmarks");

    public Task ControlAsync(string id, RunAction action) => (action, JobIds.IsValid(id)) switch
    {
        (RunAction.Cancel, false) => Run(id).CancelAsync(),
        (RunAction.Pause, false) => Run(id).PauseAsync(),
        (RunAction.Resume, false) => Run(id).ResumeAsync(),
        (RunAction.Cancel, true) when Job(id) is { } job => job.CancelAsync(),
        _ => throw new Grains.ClusterRequestException($"{id} cannot be asked to {action.ToString().ToLowerInvariant()}"),
    };

    public Task<ArtifactManifest?> GetManifestAsync(string artifactId) =>
        grains.GetGrain<IArtifactGrain>(artifactId).GetManifestAsync();

    public Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk) =>
        grains.GetGrain<IArtifactGrain>(artifactId).ReadChunkAsync(file, chunk);

    private IRunGrain Run(string runId) => grains.GetGrain<IRunGrain>(runId);

    private IJobGrain? Job(string jobId)
    {
        // Silos of an older version know no jobs, and Orleans then refuses to make the reference.
        try { return grains.GetGrain<IJobGrain>(jobId); }
        catch (ArgumentException) { return null; }
    }
}
