using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>Jobs as tables for people.</summary>
internal static class JobTables
{
    private const int MostClasses = 12;

    /// <summary>A job with its spec and everything known of it but the result.</summary>
    public static Table Whole(JobStatus job) => RunTables.Pairs([
        ("job", job.JobId), ("kind", job.Spec.Kind.ToString().ToLowerInvariant()), ("name", job.Spec.Name),
        ("state", ProgressText.Of(job.State)), ("reason", job.Reason),
        ("done", job.Total > 0 ? $"{Figures.Count(job.Done)} of {Figures.Count(job.Total)}" : ""), ("phase", job.Phase),
        .. Spec(job.Spec),
        ("silos", string.Join(", ", job.Silos)), ("threads", Figures.Count(job.Spec.Threads)),
        ("submitted", Figures.Moment(job.SubmittedAt)), ("started", job.StartedAt is null ? "" : Figures.Moment(job.StartedAt)),
        ("ended", job.EndedAt is null ? "" : Figures.Moment(job.EndedAt))]);

    /// <summary>What an evaluation found. Intervals hold with 95 % confidence.</summary>
    public static Table Result(EvaluationResult result)
    {
        string of = $"{Figures.Count(result.Correct)} of {Figures.Count(result.Rows)}{(result.CountsTokens ? " tokens" : "")}";
        (string, string)[] quality = result.CountsTokens
            ?
            [
                ("perplexity", result.Perplexity is { } p && double.IsFinite(p) ? Figures.Invariant($"{p:0.00}") : "-"),
                ("bits per byte", result.BitsPerByte is { } b ? Figures.Invariant($"{b:0.000}") : ""),
                ("next token guessed", $"{JobText.Percent(result.Accuracy)}, {of}"),
            ]
            :
            [
                ("accuracy", $"{JobText.Percent(result.Accuracy)}, {of}"), ("F1", JobText.Of(result.F1)),
                ("Matthews correlation", JobText.Of(result.MatthewsCorrelation)),
            ];
        return RunTables.Pairs([.. quality, ("loss", Figures.Loss(result.Loss)), ("time", Figures.Duration(result.Seconds)),
            ("model hash", result.ModelHash), ("adapter sha256", result.AdapterSha256), ("data set hash", result.DatasetHash)]);
    }

    /// <summary>Rows by true class (lines) and predicted class (columns); null where there are none, or too many.</summary>
    public static Table? Confusion(EvaluationResult result)
    {
        int classes = result.Labels.Count;
        if (classes is < 2 or > MostClasses || result.Confusion.Count != classes * classes) return null;
        Table table = RunTables.Plain(["true \\ predicted", .. result.Labels]);
        for (int k = 0; k < classes; k++)
        {
            table.AddRow([new Text(result.Labels[k]), .. result.Confusion.Skip(k * classes).Take(classes)
                .Select(count => new Text(Figures.Count(count)))]);
        }
        return table;
    }

    private static IEnumerable<(string, string)> Spec(JobSpec spec) => spec switch
    {
        EvaluationSpec e =>
        [
            ("model", e.ModelPath), ("weights", e.ModelArtifactId ?? ""), ("adapter", JobText.Adapter(e)), ("data set", e.DatasetPath),
            ("split", e.Split ?? ""), ("rows", e.MaxExamples is { } most ? $"the first {Figures.Count(most)}" : ""),
            ("batches", $"{e.BatchSize} rows, at most {e.MaxLength} tokens, {e.Dtype}"),
        ],
        BenchmarkSpec b =>
        [
            ("benchmark", b.Benchmark), ("model", b.ModelPath ?? ""), ("data set", b.DatasetPath ?? ""),
            ("settings", string.Join(", ", b.Settings.Select(s => $"{s.Key} {s.Value}"))),
        ],
        _ => [],
    };
}
