using LoraCluster.Grains.Runs;

namespace LoraCluster.Reports;

/// <summary>A run's figures step by step.</summary>
internal static class StepHistory
{
    /// <summary>Most steps that a run grain hands over at once.</summary>
    private const int Page = 10_000;

    /// <summary>All steps from one on, oldest first; what a long run no longer keeps is left out.</summary>
    public static async Task<IReadOnlyList<StepMetrics>> ReadAsync(
        IReportedCluster cluster, string runId, int fromStep, CancellationToken cancellationToken)
    {
        var steps = new List<StepMetrics>();
        IReadOnlyList<StepMetrics> page;
        do
        {
            page = await cluster.GetHistoryAsync(runId, fromStep, Page, cancellationToken);
            steps.AddRange(page);
            if (page.Count > 0) fromStep = page[^1].Step + 1;
        }
        while (page.Count == Page);
        return steps;
    }

    /// <summary>The evaluations while a run trained, oldest first; none where it was not asked for any.</summary>
    public static async Task<IReadOnlyList<EvaluationMetrics>> EvaluationsAsync(
        IReportedCluster cluster, RunStatus run, CancellationToken cancellationToken) =>
        run.Spec.EvalSteps is null ? [] : await cluster.GetEvaluationsAsync(run.RunId, cancellationToken);

    /// <summary>Rows per second of a step; NaN where its time is not known.</summary>
    public static double SamplesPerSecond(StepMetrics step) => step.StepTimeMs > 0 ? step.Rows / step.StepTimeMs * 1000 : double.NaN;
}
