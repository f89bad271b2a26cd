using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports;

/// <summary>What a report tells of: the data, without a word on how it looks.</summary>
/// <param name="Cluster">The cluster that was asked, for people.</param>
/// <param name="Made">When.</param>
/// <param name="Runs">Training runs, in the order that was asked for.</param>
/// <param name="Jobs">Evaluations and benchmarks, in that order.</param>
/// <param name="Silos">The silos that are active now.</param>
internal sealed record Report(
    string Cluster, DateTimeOffset Made, IReadOnlyList<ReportedRun> Runs, IReadOnlyList<JobStatus> Jobs, IReadOnlyList<NodeStatus> Silos)
{
    public IEnumerable<JobStatus> Evaluations => Jobs.Where(job => job.Spec.Kind == RunKind.Evaluation);

    public IEnumerable<JobStatus> Benchmarks => Jobs.Where(job => job.Spec.Kind == RunKind.Benchmark);
}

/// <summary>A run with its figures, oldest first.</summary>
internal sealed record ReportedRun(RunStatus Status, IReadOnlyList<StepMetrics> History)
{
    /// <summary>Evaluations while it trained.</summary>
    public IReadOnlyList<EvaluationMetrics> Evaluations { get; init; } = [];

    /// <summary>How it is called in tables and figures: the user's label, or the id.</summary>
    public string Label => Status.Spec.Name.Length > 0 ? $"{Status.Spec.Name} ({Status.RunId})" : $"{Status.Spec.Method} ({Status.RunId})";
}
