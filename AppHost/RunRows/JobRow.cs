using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using static LoraCluster.AppHost.RunRows.RowContent;

namespace LoraCluster.AppHost.RunRows;

/// <summary>What the row of an evaluation or benchmark shows.</summary>
internal static class JobRow
{
    private const int MostMeasurements = 50;

    public static RowContent Of(JobStatus job) => new()
    {
        Id = job.JobId, Kind = job.Spec.Kind, Version = job.Version, State = job.State, StateText = StateText(job), Figures = Figures(job),
        SubmittedAt = job.SubmittedAt, StartedAt = job.StartedAt, EndedAt = job.EndedAt,
        Details = [.. Common(job), .. job.Spec is EvaluationSpec spec ? Of(spec) : [], .. Of(job.Result)],
    };

    /// <summary>As "part 12 of 28", "accuracy 87.7 %".</summary>
    public static string StateText(JobStatus job)
    {
        string word = job.State.ToString();
        return job switch
        {
            { State: RunState.Running, Total: > 0 } => Fitting(Text($"part {job.Done} of {job.Total}"), word),
            { State: RunState.Completed, Result.KeyFigure: { Length: > 0 } figure } => Fitting(figure, word),
            _ => word,
        };
    }

    private static string Figures(JobStatus job) =>
        job.Result?.KeyFigure is { Length: > 0 } figure ? figure : job.Phase.Length > 0 ? job.Phase : job.Reason;

    private static IEnumerable<(string Name, string? Value)> Common(JobStatus job) =>
    [
        ("Name", job.Spec.Name),
        ("Part", Text($"{job.Done} of {job.Total}")),
        ("Now", RunTransitions.IsAtRest(job.State) ? null : job.Phase),
        ("Silos", string.Join(", ", job.Silos)),
        ("Reason", job.Reason),
    ];

    private static IEnumerable<(string Name, string? Value)> Of(EvaluationSpec spec) =>
    [
        ("Model", spec.ModelPath ?? spec.ModelArtifactId),
        ("Data set", spec.DatasetPath),
    ];

    private static IEnumerable<(string Name, string? Value)> Of(JobResult? result) => result switch
    {
        EvaluationResult evaluation => Of(evaluation),
        BenchmarkResult benchmark => benchmark.Measurements.Take(MostMeasurements).Select(Of)
            .Append(("More", benchmark.Measurements.Count > MostMeasurements
                ? Text($"{benchmark.Measurements.Count - MostMeasurements} more measurements") : null)),
        _ => [],
    };

    private static IEnumerable<(string Name, string? Value)> Of(EvaluationResult result) =>
    [
        ("Accuracy", Percent(result.Accuracy)),
        ("F1", Percent(result.F1)),
        ("Matthews correlation", result.MatthewsCorrelation is { } m ? Text($"{m.Value:0.000} ({m.Low:0.000} to {m.High:0.000})") : null),
        ("Perplexity", result.Perplexity is { } perplexity ? Text($"{perplexity:0.000}") : null),
        ("Bits per byte", result.BitsPerByte is { } bits ? Text($"{bits:0.0000}") : null),
        ("Loss", double.IsFinite(result.Loss) ? Text($"{result.Loss:0.####}") : null),
        (result.CountsTokens ? "Tokens" : "Rows", Text($"{result.Correct} of {result.Rows} right")),
        ("Adapter SHA-256", result.AdapterSha256),
    ];

    private static string? Percent(Estimate? share) => share is null ? null
        : Text($"{100 * share.Value:0.0} % ({100 * share.Low:0.0} to {100 * share.High:0.0} with 95 % confidence)");

    private static (string Name, string? Value) Of(Measurement m)
    {
        string spread = m.Count > 1 ? Text($" ({m.LowerQuartile:G4} to {m.UpperQuartile:G4}, {m.Count} times)") : "";
        string ratio = m.Ratio is { } r ? Text($", {r:0.00} times the baseline") : "";
        string name = string.Join(", ", new[] { m.Configuration, m.Case, m.Quantity }.Where(part => part.Length > 0));
        return (name, Text($"{m.Median:G5}") + (m.Unit.Length > 0 ? $" {m.Unit}" : "") + spread + ratio);
    }
}
