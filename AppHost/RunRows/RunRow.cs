using System.Collections.Immutable;
using System.Globalization;
using LoraCluster.Grains.Runs;

namespace LoraCluster.AppHost.RunRows;

/// <summary>What a run's row shows.</summary>
internal static class RunRow
{
    public const string Type = "Run";

    // Aspire's own name for what stands in the column "Source".
    private const string Source = "resource.source";

    public static CustomResourceSnapshot Initial { get; } = new() { ResourceType = Type, Properties = [] };

    /// <summary>The row of this status.</summary>
    public static CustomResourceSnapshot Show(CustomResourceSnapshot before, RunStatus run) => before with
    {
        ResourceType = Type,
        State = new ResourceStateSnapshot(StateText(run), Style(run.State)),
        CreationTimeStamp = run.SubmittedAt.UtcDateTime,
        StartTimeStamp = (run.StartedAt ?? run.SubmittedAt).UtcDateTime,
        StopTimeStamp = RunTransitions.IsAtRest(run.State) ? run.EndedAt?.UtcDateTime : null,
        ExitCode = run.State switch { RunState.Completed => 0, RunState.Failed => 1, _ => null },
        Properties = Properties(run),
    };

    /// <summary>A run that was deleted.</summary>
    public static CustomResourceSnapshot Hide(CustomResourceSnapshot before) => before with { IsHidden = true };

    /// <summary>The column is narrow: some twenty characters, as "Running 45 %".</summary>
    public static string StateText(RunStatus run)
    {
        bool counts = run.State is RunState.Running or RunState.Pausing or RunState.Paused && run.Progress.Steps > 0;
        return counts
            ? string.Create(CultureInfo.InvariantCulture, $"{run.State} {100.0 * run.Progress.Step / run.Progress.Steps:0} %")
            : run.State.ToString();
    }

    /// <summary>The figures in one line, as "loss 0.312, accuracy 94.2 %, 812 samples/s"; what is not known yet is left out.</summary>
    public static string Figures(RunStatus run)
    {
        var parts = new List<string>();
        if (double.IsFinite(run.Progress.Loss)) parts.Add(Loss(run));
        if (Accuracy(run) is { } accuracy) parts.Add(accuracy);
        if (run.Progress.SamplesPerSecond > 0) parts.Add(Speed(run));
        return parts.Count > 0 ? string.Join(", ", parts) : run.Reason;
    }

    private static ImmutableArray<ResourcePropertySnapshot> Properties(RunStatus run)
    {
        var rows = new List<(string Name, string? Value)>
        {
            (Source, Figures(run)),
            ("Name", run.Spec.Name),
            ("Step", string.Create(CultureInfo.InvariantCulture, $"{run.Progress.Step} of {run.Progress.Steps}")),
            ("Loss", double.IsFinite(run.Progress.Loss) ? Number(run.Progress.Loss) : null),
            ("Accuracy", Accuracy(run)),
            ("Samples per second", run.Progress.SamplesPerSecond > 0 ? Number(run.Progress.SamplesPerSecond) : null),
            ("Trainers on", string.Join(", ", run.Silos)),
            ("Reason", run.Reason),
            ("Weights SHA-256", run.Result?.WeightsSha256),
        };
        return [.. rows.Where(r => !string.IsNullOrEmpty(r.Value))
            .Select(r => new ResourcePropertySnapshot(r.Name, r.Value) { IsHighlighted = r.Name != Source })];
    }

    private static string Loss(RunStatus run) => string.Create(CultureInfo.InvariantCulture, $"loss {run.Progress.Loss:0.000}");

    private static string Speed(RunStatus run) =>
        string.Create(CultureInfo.InvariantCulture, $"{run.Progress.SamplesPerSecond:0} samples/s");

    /// <summary>Of the held-out rows once they were scored; before that, of the last step's rows. A language model is told by its
    /// perplexity.</summary>
    private static string? Accuracy(RunStatus run)
    {
        if (run.Result?.Perplexity is { } perplexity) return string.Create(CultureInfo.InvariantCulture, $"perplexity {perplexity:0.00}");
        if (run.Result is { Rows: > 0 } result)
            return string.Create(CultureInfo.InvariantCulture, $"accuracy {100 * result.Accuracy:0.0} %");
        double training = run.Progress.TrainingAccuracy;
        return double.IsFinite(training) ? string.Create(CultureInfo.InvariantCulture, $"training accuracy {100 * training:0} %") : null;
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Style(RunState state) => state switch
    {
        RunState.Completed or RunState.Running => KnownResourceStateStyles.Success,
        RunState.Failed => KnownResourceStateStyles.Error,
        RunState.Cancelled or RunState.Cancelling or RunState.Paused or RunState.Pausing => KnownResourceStateStyles.Warn,
        _ => KnownResourceStateStyles.Info,
    };
}
