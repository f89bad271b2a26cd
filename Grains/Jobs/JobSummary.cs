using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

/// <summary>A job as a line of a list.</summary>
internal static class JobSummary
{
    public static RunSummary Of(JobStatus job) => new(
        job.JobId, job.Spec.Name, job.State, job.SubmittedAt, job.Done, job.Total,
        (job.Result as EvaluationResult)?.Accuracy?.Value ?? double.NaN, MethodOf(job.Spec), ModelOf(job.Spec), job.Spec.Kind,
        job.Result?.KeyFigure ?? "", job.EndedAt);

    private static string MethodOf(JobSpec spec) => spec switch
    {
        BenchmarkSpec benchmark => benchmark.Benchmark,
        EvaluationSpec { Merge: true } => "merged",
        EvaluationSpec { Adapter: not null } => "adapter",
        _ => "model",
    };

    private static string ModelOf(JobSpec spec) => spec switch
    {
        BenchmarkSpec benchmark => benchmark.ModelPath ?? "",
        EvaluationSpec evaluation => evaluation.ModelPath ?? "",
        _ => "",
    };
}
