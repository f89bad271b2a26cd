using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Cluster;

/// <summary>
/// What the pages ask of a cluster, each within a bound. A refusal comes as <see cref="Grains.ClusterRequestException"/>, a late answer as
/// <see cref="TimeoutException"/>.
/// </summary>
internal interface ICluster
{
    /// <summary>The cluster, for people: its id and store, without a password.</summary>
    string Description { get; }

    /// <summary>The active silos.</summary>
    Task<IReadOnlyList<NodeStatus>> GetNodesAsync();

    /// <summary>The newest runs and jobs.</summary>
    Task<IReadOnlyList<RunSummary>> ListAsync(int count);

    /// <summary>A run; null: there is none of this id.</summary>
    Task<RunStatus?> GetRunAsync(string runId);

    /// <summary>A run once it is newer than what was seen, or after the patience.</summary>
    Task<RunStatus> WaitForRunAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>Steps from one on, oldest first.</summary>
    Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count);

    /// <summary>The evaluations while a run trained, oldest first.</summary>
    Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId);

    /// <summary>What happened to a run, oldest first.</summary>
    Task<IReadOnlyList<RunEvent>> GetEventsAsync(string runId);

    /// <summary>A job; null: there is none of this id, or the cluster has no jobs.</summary>
    Task<JobStatus?> GetJobAsync(string jobId);

    /// <summary>A job once it is newer than what was seen, or after the patience.</summary>
    Task<JobStatus> WaitForJobAsync(string jobId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>Carries out what a button asks of a run or job.</summary>
    Task ControlAsync(string id, RunAction action);

    /// <summary>The files of an artifact; null: it is gone.</summary>
    Task<ArtifactManifest?> GetManifestAsync(string artifactId);

    /// <summary>A chunk of a file of an artifact.</summary>
    Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk);
}

/// <summary>What a user can ask of a run.</summary>
public enum RunAction
{
    /// <summary>End within one step.</summary>
    Cancel,
    /// <summary>Stop after the step at hand, with a checkpoint.</summary>
    Pause,
    /// <summary>Go on from the last checkpoint.</summary>
    Resume,
}
