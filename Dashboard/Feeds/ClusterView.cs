using LoraCluster.Dashboard.Curves;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>The cluster as it was seen last. Immutable: every visitor's page shows the same one.</summary>
public sealed record ClusterView
{
    /// <summary>Active silos, and those that went a while ago; by name.</summary>
    public IReadOnlyList<SiloLine> Silos { get; init; } = [];
    /// <summary>Runs and jobs, newest first.</summary>
    public IReadOnlyList<RunLine> Runs { get; init; } = [];
    /// <summary>True once silos and runs were both seen.</summary>
    public bool IsLoaded { get; init; }
    /// <summary>The last answer at; null: none yet.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }
    /// <summary>Why the last question had no answer; null: it had one.</summary>
    public string? Fault { get; init; }
}

/// <summary>A silo.</summary>
/// <param name="Node">What it said last.</param>
/// <param name="GoneSince">Missing since; null: it is active.</param>
/// <param name="BackSince">Back since, for a while after it was gone; else null.</param>
public sealed record SiloLine(NodeStatus Node, DateTimeOffset? GoneSince, DateTimeOffset? BackSince)
{
    /// <summary>True if it is among the cluster's active silos.</summary>
    public bool IsActive => GoneSince is null;
}

/// <summary>A run or job in the list.</summary>
/// <param name="Summary">Its line in the cluster's index.</param>
/// <param name="Status">The run's status; null: not known, or no training run.</param>
/// <param name="Loss">Its loss in a few points.</param>
public sealed record RunLine(RunSummary Summary, RunStatus? Status, CurvePoints Loss);
