using LoraCluster.Grains.Jobs;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>Evaluations side by side.</summary>
internal static class EvaluationSection
{
    public static ReportSection Of(IReadOnlyList<JobStatus> jobs)
    {
        var blocks = new List<ReportBlock>
        {
            new TableBlock("Estimates with their 95 % confidence intervals", ["", .. jobs.Select(JobLabel.Of)],
            [
                Row("state", job => ProgressText.Of(job.State)),
                Row("data set", job => ((EvaluationSpec)job.Spec).DatasetPath),
                Result("rows", r => $"{Figures.Count(r.Rows)}{(r.CountsTokens ? " tokens" : "")}"),
                Result("accuracy", r => Percent(r.Accuracy)),
                Result("F1", r => Percent(r.F1)),
                Result("Matthews correlation", r => r.MatthewsCorrelation is { } m
                    ? $"{Figures.Quantity(m.Value)} [{Figures.Quantity(m.Low)}, {Figures.Quantity(m.High)}]" : "-"),
                Result("loss", r => Figures.Loss(r.Loss)),
                Result("perplexity", r => r.Perplexity is { } p ? Figures.Quantity(p) : "-"),
                Result("bits per byte", r => r.BitsPerByte is { } b ? Figures.Quantity(b) : "-"),
            ]),
        };
        JobStatus[] measured = [.. jobs.Where(job => job.Result is EvaluationResult { Accuracy: not null })];
        if (measured.Length > 0) blocks.Add(new FigureBlock(Accuracies(measured)));
        foreach (JobStatus job in jobs)
        {
            if (job.Result is EvaluationResult { Labels.Count: > 0 and var classes } result && result.Confusion.Count == classes * classes)
                blocks.Add(Confusion(job, result));
        }
        return new ReportSection("Evaluations", blocks);

        TableRow Row(string name, Func<JobStatus, string> cell) => new(name, [.. jobs.Select(cell)]);
        TableRow Result(string name, Func<EvaluationResult, string> cell) =>
            Row(name, job => job.Result is EvaluationResult result ? cell(result) : "-");
    }

    private static Chart Accuracies(IReadOnlyList<JobStatus> jobs)
    {
        Estimate[] estimates = [.. jobs.Select(job => ((EvaluationResult)job.Result!).Accuracy!)];
        var series = new ChartSeries("accuracy", [.. Enumerable.Range(0, jobs.Count).Select(i => (double)i)],
            [.. estimates.Select(e => e.Value * 100)]) { Spread = [.. estimates.Select(e => (e.Low * 100, e.High * 100))] };
        return new Chart("evaluated-accuracy", "Accuracy, evaluated", "", "%", [series], [.. jobs.Select(JobLabel.Of)])
        {
            Note = "The thin lines are 95 % confidence intervals.",
        };
    }

    private static TableBlock Confusion(JobStatus job, EvaluationResult result)
    {
        int classes = result.Labels.Count;
        return new TableBlock($"{JobLabel.Of(job)}: rows by true class (down) and predicted class (across)", ["", .. result.Labels],
            [.. result.Labels.Select((label, i) =>
                new TableRow(label, [.. Enumerable.Range(0, classes).Select(j => Figures.Count(result.Confusion[(i * classes) + j]))]))]);
    }

    private static string Percent(Estimate? estimate) => estimate is null ? "-"
        : $"{Figures.Percent(estimate.Value)} [{Figures.Percent(estimate.Low)}, {Figures.Percent(estimate.High)}]";
}
