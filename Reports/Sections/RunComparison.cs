using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Charts;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>What runs reached and what they cost, side by side: LoRA against full fine-tuning, where both are there.</summary>
internal static class RunComparison
{
    /// <summary>AdamW keeps two moments of four bytes for each parameter that it updates.</summary>
    private const int MomentBytes = 2 * sizeof(float);

    public static ReportSection Of(IReadOnlyList<ReportedRun> runs)
    {
        List<ReportBlock> blocks =
        [
            new TableBlock("", ["", .. runs.Select(run => run.Label)],
            [
                Row(runs, "state", run => ProgressText.Of(run.State)),
                Row(runs, "method", run => SpecText.Method(run.Spec)),
                Row(runs, "parameters updated", run => run.Result is { } r
                    ? $"{Figures.Count(r.TrainableParameters)} of {Figures.Count(r.TotalParameters)} "
                        + $"({Figures.SmallPercent((double)r.TrainableParameters / r.TotalParameters)})" : "-"),
                Row(runs, "optimizer memory (AdamW's two moments)", run => Bytes(run.Result?.TrainableParameters * MomentBytes)),
                Row(runs, "storage per checkpoint (weights file)", run => Bytes(run.Result?.WeightsBytes)),
                Row(runs, "training speed, samples/s", run => Figures.Rate(run.Progress.SamplesPerSecond)),
                Row(runs, "step time", run => Dash(SpecText.StepTime(run.Progress))),
                Row(runs, "bytes exchanged per step", run => Bytes(run.Progress.BytesPerStep)),
                Row(runs, "steps", run => $"{Figures.Count(run.Progress.Step)} of {Figures.Count(run.Progress.Steps)}"),
                Row(runs, "training time", run => Figures.Duration(run.Progress.Seconds)),
                Row(runs, "accuracy on held-out rows", run => run.Result is { } r
                    ? $"{Figures.Percent(r.Accuracy)} ({Figures.Count(r.Correct)} of {Figures.Count(r.Rows)})" : "-"),
                Row(runs, "loss on held-out rows", run => Figures.Loss(run.Result?.EvaluationLoss ?? double.NaN)),
                Row(runs, "perplexity", run => run.Result?.Perplexity is { } p ? Figures.Quantity(p) : "-"),
            ]),
        ];
        ReportedRun[] completed = [.. runs.Where(run => run.Status.Result is not null)];
        if (completed.Length > 1) blocks.AddRange(Bars(completed));
        blocks.Add(new TextBlock("The peak memory of a process is measured by 'client bench training', which gives each method a process "
            + "of its own."));
        return new ReportSection(runs.Count > 1 ? "Runs side by side" : "Result", blocks);
    }

    private static IEnumerable<ReportBlock> Bars(IReadOnlyList<ReportedRun> runs)
    {
        yield return Bar("accuracy", "Accuracy on held-out rows", "%", run => run.Result!.Accuracy * 100);
        yield return Bar("speed", "Training speed", "samples/s", run => run.Progress.SamplesPerSecond);
        yield return Bar("parameters", "Parameters updated", "parameters", run => run.Result!.TrainableParameters);
        yield return Bar("checkpoint-size", "Storage per checkpoint", "MB", run => run.Result!.WeightsBytes / 1e6);

        FigureBlock Bar(string id, string title, string unit, Func<RunStatus, double> figure)
        {
            (ReportedRun Run, int Index, double Value)[] known =
                [.. runs.Select((run, i) => (run, i, figure(run.Status))).Where(bar => double.IsFinite(bar.Item3))];
            return new FigureBlock(new Chart(id, title, "", unit,
                [new ChartSeries(title, [.. known.Select(bar => (double)bar.Index)], [.. known.Select(bar => bar.Value)])],
                [.. runs.Select(run => run.Label)]));
        }
    }

    private static TableRow Row(IReadOnlyList<ReportedRun> runs, string name, Func<RunStatus, string> cell) =>
        new(name, [.. runs.Select(run => cell(run.Status))]);

    private static string Bytes(long? bytes) => bytes is > 0 ? Figures.Bytes(bytes.Value) : "-";

    private static string Dash(string text) => text.Length > 0 ? text : "-";
}
