using LoraCluster.Grains.Jobs;

namespace LoraCluster.Client.Rendering;

/// <summary>Jobs as JSON objects: the names here are what scripts rely on.</summary>
internal static class JobJson
{
    /// <summary>The end of a job, or where it stands.</summary>
    public static JsonLine Result(JobStatus job)
    {
        JsonLine line = JsonLine.Object().Add("event", "result").Add("jobId", job.JobId)
            .Add("kind", job.Spec.Kind.ToString().ToLowerInvariant()).Add("state", job.State.ToString());
        if (job.Reason.Length > 0) line.Add("reason", job.Reason);
        return job.Result switch
        {
            EvaluationResult result => Evaluation(line, result),
            BenchmarkResult result => line.Add("measurements", result.Measurements, Measurement),
            _ => line,
        };
    }

    /// <summary>Everything that is known of a job.</summary>
    public static JsonLine Whole(JobStatus job) => Result(job)
        .Add("name", job.Spec.Name).Add("done", job.Done).Add("total", job.Total).Add("phase", job.Phase)
        .Add("submittedAt", job.SubmittedAt).Add("startedAt", job.StartedAt).Add("endedAt", job.EndedAt)
        .Add("silos", job.Silos).Add("notices", job.Notices)
        .Add("environment", (job.Result?.Environment ?? []).Select(f => $"{f.Name}: {f.Value}"))
        .Add("spec", line => Spec(line, job.Spec));

    private static JsonLine Evaluation(JsonLine line, EvaluationResult result) => AddInterval(AddInterval(AddInterval(line
            .Add("accuracy", result.Accuracy?.Value), "accuracyInterval", result.Accuracy)
            .Add("correct", result.Correct).Add("rows", result.Rows).Add("loss", result.Loss).Add("countsTokens", result.CountsTokens)
            .Add("f1", result.F1?.Value), "f1Interval", result.F1)
            .Add("matthewsCorrelation", result.MatthewsCorrelation?.Value), "matthewsCorrelationInterval", result.MatthewsCorrelation)
        .Add("perplexity", result.Perplexity).Add("bitsPerByte", result.BitsPerByte).Add("labels", result.Labels)
        .Add("confusion", result.Confusion).Add("seconds", result.Seconds).Add("modelHash", result.ModelHash)
        .Add("adapterSha256", result.AdapterSha256).Add("datasetHash", result.DatasetHash);

    private static JsonLine AddInterval(JsonLine line, string name, Estimate? estimate) =>
        line.Add(name, inner => inner.Add("low", estimate?.Low).Add("high", estimate?.High));

    private static JsonLine Measurement(JsonLine line, Measurement m) => line
        .Add("configuration", m.Configuration).Add("case", m.Case).Add("quantity", m.Quantity).Add("unit", m.Unit).Add("count", m.Count)
        .Add("median", m.Median).Add("lowerQuartile", m.LowerQuartile).Add("upperQuartile", m.UpperQuartile).Add("p95", m.P95)
        .Add("p99", m.P99).Add("ratio", m.Ratio).Add("ratioLowerQuartile", m.RatioLowerQuartile)
        .Add("ratioUpperQuartile", m.RatioUpperQuartile);

    private static JsonLine Spec(JsonLine line, JobSpec spec) => spec switch
    {
        EvaluationSpec e => line
            .Add("model", e.ModelPath).Add("modelArtifact", e.ModelArtifactId).Add("adapter", e.Adapter?.Name)
            .Add("adapterArtifact", e.Adapter?.ArtifactId).Add("merge", e.Merge).Add("dataset", e.DatasetPath).Add("split", e.Split)
            .Add("textColumn", e.TextColumn).Add("labelColumn", e.LabelColumn).Add("maxLength", e.MaxLength)
            .Add("batchSize", e.BatchSize).Add("maxExamples", e.MaxExamples).Add("dtype", e.Dtype).Add("evaluators", e.Evaluators)
            .Add("packing", e.Packing).Add("pooling", e.Pooling).Add("keepPredictions", e.KeepPredictions),
        BenchmarkSpec b => line.Add("benchmark", b.Benchmark).Add("model", b.ModelPath).Add("dataset", b.DatasetPath)
            .Add("settings", settings => b.Settings.Aggregate(settings, (inner, s) => inner.Add(s.Key, s.Value))),
        _ => line,
    };
}
