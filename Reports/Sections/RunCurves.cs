using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>Figures over the steps; those of several runs over each other.</summary>
internal static class RunCurves
{
    public static ReportSection Of(IReadOnlyList<ReportedRun> runs)
    {
        if (runs.All(run => run.History.Count == 0))
            return new ReportSection("Curves", [new TextBlock("No step was taken yet, or the figures of its steps are gone.")]);
        return new ReportSection("Curves",
        [
            Curves("loss", "Training loss", "loss (nats)", step => step.Loss),
            Curves("training-accuracy", "Accuracy while training", "%", step => step.TrainingAccuracy * 100),
            Curves("learning-rate", "Learning rate", "learning rate", step => step.LearningRate),
            Curves("grad-norm", "Norm of the gradient before clipping", "L2 norm", step => step.GradNorm),
            .. runs.Any(run => run.Evaluations.Count > 0)
                ? (FigureBlock[])
                [
                    Held("evaluation-loss", "Loss on held-out rows", "loss (nats)", evaluation => evaluation.Loss),
                    Held("evaluation-accuracy", "Accuracy on held-out rows", "%", evaluation => evaluation.Accuracy * 100),
                ]
                : [],
        ]);

        FigureBlock Held(string id, string title, string unit, Func<EvaluationMetrics, double> figure) => new(new Chart(
            id, title, "step", unit, [.. runs.Where(run => run.Evaluations.Count > 0).Select(run => new ChartSeries(run.Label,
                [.. run.Evaluations.Select(e => (double)e.Step)], [.. run.Evaluations.Select(figure)]))]));

        FigureBlock Curves(string id, string title, string unit, Func<StepMetrics, double> figure)
        {
            ChartSeries[] series = [.. runs.Select(run => Curve.Of(run.Label, run.History, figure)).Where(curve => curve.X.Count > 0)];
            return new FigureBlock(new Chart(id, title, "step", unit, series) { Note = NoteOf(runs) });
        }
    }

    private static string NoteOf(IReadOnlyList<ReportedRun> runs)
    {
        int width = runs.Max(run => Curve.StepsPerPoint(run.History.Count));
        return width == 1 ? "" : $"Each point is the mean of {(runs.Count > 1 ? "up to " : "")}{Figures.Count(width)} steps.";
    }
}
