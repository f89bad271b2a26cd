using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Reports.Sections;

/// <summary>What runs were asked to do; of several runs, what differs is marked.</summary>
internal static class SettingsSection
{
    public static ReportSection Of(IReadOnlyList<ReportedRun> runs)
    {
        IReadOnlyList<(string Name, string Value)>[] columns = [.. runs.Select(run => Settings(run.Status.Spec))];
        TableRow[] rows = [.. columns[0].Select((setting, i) =>
        {
            string[] cells = [.. columns.Select(column => column[i].Value)];
            return new TableRow(setting.Name, cells, Marked: cells.Distinct(StringComparer.Ordinal).Count() > 1);
        }).Where(row => row.Cells.Any(cell => cell.Length > 0))];
        string caption = rows.Any(row => row.Marked) ? "Settings that differ are marked with ≠." : "";
        return new ReportSection("Settings", [new TableBlock(caption, ["", .. runs.Select(run => run.Label)], rows)]);
    }

    /// <summary>Every setting of a run, always the same ones in the same order.</summary>
    private static IReadOnlyList<(string Name, string Value)> Settings(RunSpec spec) =>
    [
        ("model", spec.ModelPath), ("data set", spec.DatasetPath),
        ("text column", spec.TextColumn ?? ""), ("label column", spec.LabelColumn ?? ""),
        ("method", SpecText.Method(spec)), ("pooling", spec.Pooling), ("packing", spec.Packing),
        ("adapter config", spec.AdapterConfigJson ?? ""),
        ("epochs", Figures.Count(spec.Epochs)), ("most steps", Count(spec.MaxSteps)), ("most examples", Count(spec.MaxExamples)),
        ("longest row, tokens", Figures.Count(spec.MaxLength)), ("batching", spec.Batching),
        ("global batch", Figures.Count(spec.GlobalBatchSize)), ("micro-batch", Figures.Count(spec.MicroBatchSize)),
        ("optimizer", SpecText.Optimizer(spec)), ("dtype", spec.Dtype),
        ("steps between evaluations", Count(spec.EvalSteps)), ("keeps the best by", spec.KeepBest ? spec.BestBy : ""),
        ("patience, evaluations", Count(spec.Patience)),
        ("seed", Figures.Invariant($"{spec.Seed}")),
        ("trainers", Figures.Count(spec.Trainers)), ("threads per trainer", Figures.Count(spec.ThreadsPerTrainer)),
        ("equal bits required", spec.RequireEqualBits ? "yes" : "no"),
        ("seconds between checkpoints", Figures.Number(spec.CheckpointSeconds)),
    ];

    private static string Count(int? count) => count is { } known ? Figures.Count(known) : "";
}
