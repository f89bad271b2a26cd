using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Work;

namespace LoraCluster.Client.Connection;

/// <summary>
/// What the client asks of a cluster. Calls outlast the loss of a silo, within a bound; a refusal comes as
/// <see cref="Grains.ClusterRequestException"/>, a lost cluster as <see cref="ClientException"/>.
/// </summary>
internal interface IClusterConnection : IAsyncDisposable
{
    /// <summary>The cluster, for people: its id and store, without a password.</summary>
    string Description { get; }

    Task<IReadOnlyList<NodeStatus>> GetNodesAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<RunSummary>> ListRunsAsync(int count, CancellationToken cancellationToken);

    Task<RunStatus> SubmitAsync(string runId, RunSpec spec, CancellationToken cancellationToken);

    Task<RunStatus?> GetStatusAsync(string runId, CancellationToken cancellationToken);

    Task<RunStatus> WaitForChangeAsync(string runId, long seenVersion, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>Figures of a run from a step on, oldest first, at most so many (1 to 10,000).</summary>
    Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(string runId, int fromStep, int count, CancellationToken cancellationToken);

    Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync(string runId, CancellationToken cancellationToken);

    Task CancelAsync(string runId, CancellationToken cancellationToken);

    Task PauseAsync(string runId, CancellationToken cancellationToken);

    Task ResumeAsync(string runId, CancellationToken cancellationToken);

    Task DeleteAsync(string runId, CancellationToken cancellationToken);

    Task<ArtifactManifest?> GetManifestAsync(string artifactId, CancellationToken cancellationToken);

    Task<byte[]> ReadChunkAsync(string artifactId, string file, int chunk, CancellationToken cancellationToken);

    /// <summary>Its evaluations and benchmarks.</summary>
    IJobConnection Jobs { get; }

    /// <summary>Merges on a silo; its parts are read once and not asked for again.</summary>
    IAsyncEnumerable<FolderPart> MergeAsync(NodeStatus silo, MergeSpec spec, CancellationToken cancellationToken);

    /// <summary>Checks a language model on a silo.</summary>
    IAsyncEnumerable<VerifyPart> VerifyAsync(NodeStatus silo, VerifySpec spec, CancellationToken cancellationToken);

    /// <summary>Asks a classifier on a silo.</summary>
    IAsyncEnumerable<PredictPart> PredictAsync(NodeStatus silo, PredictSpec spec, CancellationToken cancellationToken);

    /// <summary>Lets a language model write on a silo.</summary>
    IAsyncEnumerable<GeneratePart> GenerateAsync(NodeStatus silo, GenerateSpec spec, CancellationToken cancellationToken);
}
