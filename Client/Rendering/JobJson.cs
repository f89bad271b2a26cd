using LoraCluster.Grains.Jobs;

namespace LoraCluster.Client.Rendering;

/// <summary>An evaluation or a benchmark as a JSON object.</summary>
internal static class JobJson
{
    public static JsonLine Of(JobStatus job)
    {
        JsonLine line = JsonLine.Object().Add("event", "job").Add("job", job.JobId).Add("kind", job.Spec.Kind.ToString())
            .Add("name", job.Spec.Name).Add("state", job.State.ToString()).Add("reason", job.Reason)
            .Add("done", job.Done).Add("total", job.Total).Add("phase", job.Phase).Add("silos", job.Silos)
            .Add("keyFigure", job.Result?.KeyFigure)
            .Add("environment", job.Result?.Environment ?? [], (item, fact) => item.Add("name", fact.Name).Add("value", fact.Value));
        return job.Result is EvaluationResult result ? Add(line, result) : line;
    }

    private static JsonLine Add(JsonLine line, EvaluationResult result) => line
        .Add("correct", result.Correct).Add("rows", result.Rows).Add("loss", result.Loss)
        .Add("accuracy", result.Accuracy?.Value).Add("accuracyLow", result.Accuracy?.Low).Add("accuracyHigh", result.Accuracy?.High)
        .Add("f1", result.F1?.Value).Add("matthewsCorrelation", result.MatthewsCorrelation?.Value)
        .Add("perplexity", result.Perplexity).Add("bitsPerByte", result.BitsPerByte).Add("labels", result.Labels)
        .Add("confusion", result.Confusion).Add("seconds", result.Seconds).Add("modelHash", result.ModelHash)
        .Add("adapterSha256", result.AdapterSha256).Add("datasetHash", result.DatasetHash);
}
