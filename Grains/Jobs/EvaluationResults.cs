using System.Globalization;
using LoraCluster.Evaluation;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

/// <summary>From the workers' shares to the result: sums are added in batch order, so it does not depend on who did what.</summary>
internal static class EvaluationResults
{
    /// <summary>The result.</summary>
    /// <exception cref="UserErrorException">A batch was done by nobody, or twice.</exception>
    public static EvaluationResult Of(IReadOnlyList<EvaluationShare> shares)
    {
        EvaluationShare first = shares[0];
        BatchSum total = Sum([.. shares.SelectMany(s => s.Batches).OrderBy(b => b.Batch)], first.BatchesInAll);
        double loss = total.Targets == 0 ? double.NaN : total.LossSum / total.Targets;
        var result = new EvaluationResult
        {
            Correct = total.Correct, Rows = total.Targets, Loss = loss, CountsTokens = first.CountsTokens,
            Accuracy = EstimateOf(Interval.OfShare(total.Correct, total.Targets)), Labels = first.Labels,
            Seconds = shares.Max(s => s.Seconds), ModelHash = first.ModelHash, AdapterSha256 = first.AdapterSha256,
            DatasetHash = first.DatasetHash,
            PredictionChunks = shares.Any(s => s.PredictionChunks > 0) ? [.. shares.Select(s => s.PredictionChunks)] : [],
        };
        return first.CountsTokens ? WithPerplexity(result, total) : WithClasses(result, shares);
    }

    private static BatchSum Sum(BatchSum[] batches, int inAll)
    {
        var total = new BatchSum(inAll, 0, 0, 0, 0);
        for (int k = 0; k < Math.Max(inAll, batches.Length); k++)
        {
            if (k >= batches.Length || batches[k].Batch != k) throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
                $"evaluation batch {k} was done by nobody, or twice"));
            total = total with
            {
                LossSum = total.LossSum + batches[k].LossSum, Targets = total.Targets + batches[k].Targets,
                Correct = total.Correct + batches[k].Correct, Bytes = total.Bytes + batches[k].Bytes,
            };
        }
        return total;
    }

    private static EvaluationResult WithPerplexity(EvaluationResult result, BatchSum total) => result with
    {
        Perplexity = Math.Exp(result.Loss), BitsPerByte = total.Bytes == 0 ? null : total.LossSum / Math.Log(2) / total.Bytes,
        KeyFigure = KeyFigures.OfPerplexity(Math.Exp(result.Loss)),
    };

    private static EvaluationResult WithClasses(EvaluationResult result, IReadOnlyList<EvaluationShare> shares)
    {
        long[] counts = new long[result.Labels.Count * result.Labels.Count];
        foreach (EvaluationShare share in shares)
            for (int cell = 0; cell < share.Confusion.Count; cell++) counts[cell] += share.Confusion[cell];
        result = result with { Confusion = counts, KeyFigure = KeyFigures.OfAccuracy(result.Accuracy?.Value ?? double.NaN) };
        // A head of a single class has an accuracy, and nothing to tell apart.
        if (result.Labels.Count < 2) return result;
        var matrix = new ConfusionMatrix(counts, result.Labels.Count);
        return result with
        {
            F1 = EstimateOf(Bootstrap.F1(matrix)), MatthewsCorrelation = EstimateOf(Bootstrap.MatthewsCorrelation(matrix)),
        };
    }

    private static Estimate? EstimateOf(Interval? interval) => interval is { } i ? new Estimate(i.Value, i.Low, i.High) : null;
}
