using System.Globalization;
using LoraCluster.Grains.Runs;
using static LoraCluster.AppHost.RunRows.RowContent;

namespace LoraCluster.AppHost.RunRows;

/// <summary>What a training run's row shows.</summary>
internal static class RunRow
{
    public static RowContent Of(RunStatus run) => new()
    {
        Id = run.RunId, Kind = RunKind.Training, Version = run.Version, State = run.State,
        StateText = StateText(run), Figures = Figures(run), SubmittedAt = run.SubmittedAt, StartedAt = run.StartedAt, EndedAt = run.EndedAt,
        Details = Details(run),
    };

    /// <summary>As "step 120 of 500", "Completed 94.2 %".</summary>
    public static string StateText(RunStatus run)
    {
        (int step, int steps) = (run.Progress.Step, run.Progress.Steps);
        string word = run.State.ToString();
        return run.State switch
        {
            RunState.Running when steps > 0 =>
                Fitting(Text($"step {step} of {steps}"), Text($"{word} {100.0 * step / steps:0} %"), word),
            RunState.Completed when run.Result?.Perplexity is { } perplexity => Fitting(Text($"perplexity {perplexity:0.00}"), word),
            RunState.Completed when run.Result is { Rows: > 0 } result => Text($"{word} {100 * result.Accuracy:0.0} %"),
            RunState.Pausing or RunState.Paused or RunState.Failed or RunState.Cancelled when step > 0 =>
                Fitting(Text($"{word} at step {step}"), word),
            _ => word,
        };
    }

    /// <summary>As "loss 0.312, accuracy 94.2 %, 812 samples/s"; what is not known yet is left out.</summary>
    public static string Figures(RunStatus run)
    {
        var parts = new List<string>();
        if (double.IsFinite(run.Progress.Loss)) parts.Add(Text($"loss {run.Progress.Loss:0.000}"));
        if (Accuracy(run) is { } accuracy) parts.Add(accuracy);
        if (run.Progress.SamplesPerSecond > 0) parts.Add(Text($"{run.Progress.SamplesPerSecond:0} samples/s"));
        return parts.Count > 0 ? string.Join(", ", parts) : run.Reason;
    }

    private static IReadOnlyList<(string Name, string? Value)> Details(RunStatus run) =>
    [
        ("Name", run.Spec.Name),
        ("Step", Text($"{run.Progress.Step} of {run.Progress.Steps}")),
        ("Loss", double.IsFinite(run.Progress.Loss) ? Number(run.Progress.Loss) : null),
        ("Accuracy", Accuracy(run)),
        ("Evaluation loss", run.Result is { } scored && double.IsFinite(scored.EvaluationLoss) ? Number(scored.EvaluationLoss) : null),
        ("Samples per second", run.Progress.SamplesPerSecond > 0 ? Number(run.Progress.SamplesPerSecond) : null),
        ("Step time", run.Progress.StepTimeMs > 0
            ? Text($"{run.Progress.StepTimeMs:0.0} ms, of it {run.Progress.AllReduceTimeMs:0.0} ms for the all-reduce") : null),
        ("Trainers", Text($"{run.Spec.Trainers}")),
        ("Silos", string.Join(", ", run.Silos)),
        ("Reason", run.Reason),
        ("Checkpoint", run.CheckpointStep is { } step ? Text($"step {step}") : null),
        ("Model", run.Spec.ModelPath),
        ("Data set", run.Spec.DatasetPath),
        ("Weights SHA-256", run.Result?.WeightsSha256),
    ];

    /// <summary>Of the held-out rows once they were scored; before that, of the last step's rows. A language model is told by its
    /// perplexity.</summary>
    private static string? Accuracy(RunStatus run)
    {
        if (run.Result?.Perplexity is { } perplexity) return Text($"perplexity {perplexity:0.00}");
        if (run.Result is { Rows: > 0 } result) return Text($"accuracy {100 * result.Accuracy:0.0} %");
        double training = run.Progress.TrainingAccuracy;
        return double.IsFinite(training) ? Text($"training accuracy {100 * training:0} %") : null;
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
