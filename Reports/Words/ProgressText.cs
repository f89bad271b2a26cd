using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports.Words;

/// <summary>A run's progress in words.</summary>
internal static class ProgressText
{
    /// <summary>Share of the steps done, in [0, 1].</summary>
    public static double Share(RunProgress progress) =>
        progress.Steps > 0 ? Math.Clamp((double)progress.Step / progress.Steps, 0, 1) : 0;

    /// <summary>Seconds until the last step at the mean pace so far; NaN while there is none.</summary>
    public static double SecondsLeft(RunProgress progress)
    {
        int left = progress.Steps - progress.Step;
        return progress.Steps == 0 || left < 0 || progress.StepTimeMs <= 0 ? double.NaN : left * progress.StepTimeMs / 1000;
    }

    /// <summary>Loss, accuracy, speed and time left, the most telling first.</summary>
    public static IReadOnlyList<string> Parts(RunStatus status)
    {
        RunProgress progress = status.Progress;
        if (progress.Step == 0) return [];
        var parts = new List<string>
        {
            $"loss {Figures.Loss(progress.Loss)}",
            $"accuracy {Figures.Percent(progress.TrainingAccuracy)}",
            $"{Figures.Rate(progress.SamplesPerSecond)} samples/s",
        };
        if (progress.Evaluation is { } evaluation) parts.Add(Of(evaluation));
        if (!RunTransitions.IsAtRest(status.State)) parts.Add($"{Figures.Duration(SecondsLeft(progress))} left");
        return parts;
    }

    /// <summary>An evaluation while training.</summary>
    public static string Of(EvaluationMetrics evaluation) => $"held out at step {evaluation.Step}: loss {Figures.Loss(evaluation.Loss)}, "
        + $"accuracy {Figures.Percent(evaluation.Accuracy)}";

    /// <summary>Everything on one line.</summary>
    public static string Line(RunStatus status)
    {
        var parts = new List<string> { status.RunId, Of(status.State) };
        if (status.Progress.Steps > 0) parts.Add($"step {status.Progress.Step}/{status.Progress.Steps}");
        parts.AddRange(Parts(status));
        if (status.Reason.Length > 0) parts.Add(status.Reason);
        return string.Join("  ", parts);
    }

    public static string Of(RunState state) => state.ToString().ToLowerInvariant();
}
