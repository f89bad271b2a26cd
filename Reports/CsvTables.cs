using System.Globalization;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports;

/// <summary>A report's figures as CSV: numbers in full precision, an empty field where there is none.</summary>
internal static class CsvTables
{
    private static readonly string[] StepColumns =
        ["step", "loss", "training_accuracy", "learning_rate", "grad_norm", "step_time_ms", "rows", "samples_per_second"];

    private static readonly string[] MeasurementColumns =
    [
        "job", "benchmark", "configuration", "case", "quantity", "unit", "count", "median", "lower_quartile", "upper_quartile", "p95",
        "p99",
        "ratio", "ratio_lower_quartile", "ratio_upper_quartile",
    ];

    /// <summary>Every step of one run.</summary>
    public static void WriteSteps(TextWriter output, IEnumerable<StepMetrics> steps) => Write(output, StepColumns, steps.Select(s =>
        new[]
        {
            Text(s.Step), Text(s.Loss), Text(s.TrainingAccuracy), Text(s.LearningRate), Text(s.GradNorm), Text(s.StepTimeMs), Text(s.Rows),
            Text(StepHistory.SamplesPerSecond(s)),
        }));

    /// <summary>The evaluations while one run trained.</summary>
    public static void WriteEvaluationsOf(TextWriter output, IEnumerable<EvaluationMetrics> evaluations) =>
        Write(output, ["step", "loss", "accuracy", "rows", "seconds"], evaluations.Select(e =>
            new[] { Text(e.Step), Text(e.Loss), Text(e.Accuracy), Text(e.Rows), Text(e.Seconds) }));

    /// <summary>The end of each run, a line a run.</summary>
    public static void WriteRuns(TextWriter output, IEnumerable<RunStatus> runs) => Write(output,
        [
            "run", "name", "state", "method", "model", "dataset", "seed", "steps", "seconds", "samples_per_second", "bytes_per_step",
            "accuracy", "correct", "rows", "evaluation_loss", "trainable_parameters", "total_parameters", "weights_bytes", "weights_sha256",
        ],
        runs.Select(run => new[]
        {
            run.RunId, run.Spec.Name, run.State.ToString(), run.Spec.Method, run.Spec.ModelPath, run.Spec.DatasetPath,
            run.Spec.Seed.ToString(CultureInfo.InvariantCulture), Text(run.Progress.Step), Text(run.Progress.Seconds),
            Text(run.Progress.SamplesPerSecond), Text(run.Progress.BytesPerStep), Text(run.Result?.Accuracy), Text(run.Result?.Correct),
            Text(run.Result?.Rows), Text(run.Result?.EvaluationLoss), Text(run.Result?.TrainableParameters),
            Text(run.Result?.TotalParameters), Text(run.Result?.WeightsBytes), run.Result?.WeightsSha256 ?? "",
        }));

    /// <summary>Evaluations, a line each.</summary>
    public static void WriteEvaluations(TextWriter output, IEnumerable<JobStatus> jobs) => Write(output,
        [
            "job", "name", "state", "dataset", "rows", "correct", "loss", "accuracy", "accuracy_low", "accuracy_high", "f1",
            "matthews_correlation", "perplexity", "bits_per_byte", "seconds",
        ],
        jobs.Select(job => job.Result is not EvaluationResult r
            ? [job.JobId, job.Spec.Name, job.State.ToString(), .. Enumerable.Repeat("", 12)]
            : new[]
            {
                job.JobId, job.Spec.Name, job.State.ToString(), ((EvaluationSpec)job.Spec).DatasetPath, Text(r.Rows), Text(r.Correct),
                Text(r.Loss), Text(r.Accuracy?.Value), Text(r.Accuracy?.Low), Text(r.Accuracy?.High), Text(r.F1?.Value),
                Text(r.MatthewsCorrelation?.Value), Text(r.Perplexity), Text(r.BitsPerByte), Text(r.Seconds),
            }));

    /// <summary>What benchmarks measured, in long form.</summary>
    public static void WriteMeasurements(TextWriter output, IEnumerable<JobStatus> jobs) => Write(output, MeasurementColumns,
        from job in jobs
        where job.Result is BenchmarkResult
        from m in ((BenchmarkResult)job.Result!).Measurements
        select new[]
        {
            job.JobId, ((BenchmarkSpec)job.Spec).Benchmark, m.Configuration, m.Case, m.Quantity, m.Unit, Text(m.Count), Text(m.Median),
            Text(m.LowerQuartile), Text(m.UpperQuartile), Text(m.P95), Text(m.P99), Text(m.Ratio), Text(m.RatioLowerQuartile),
            Text(m.RatioUpperQuartile),
        });

    private static void Write(TextWriter output, IEnumerable<string> head, IEnumerable<string[]> rows)
    {
        foreach (string[] row in rows.Prepend([.. head])) output.Write(string.Join(',', row.Select(Quoted)) + "\n");
        output.Flush();
    }

    /// <summary>RFC 4180: quotes where a separator, a quote or a line end is in the field.</summary>
    private static string Quoted(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(double? value) =>
        value is { } known && double.IsFinite(known) ? known.ToString("R", CultureInfo.InvariantCulture) : "";

    private static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
