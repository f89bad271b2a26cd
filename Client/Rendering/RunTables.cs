using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Rendering;

/// <summary>Tables for people.</summary>
internal static class RunTables
{
    /// <summary>What a completed run reached and cost.</summary>
    public static Table Result(RunStatus status, RunResult result)
    {
        string kind = status.Spec.Method == "lora" ? "adapter" : "model";
        string of = $"({Figures.Count(result.Correct)} of {Figures.Count(result.Rows)}{(result.CountsTokens ? " tokens" : "")})";
        (string, string)[] quality = result.Perplexity is { } perplexity
            ? [("perplexity", Figures.Invariant($"{perplexity:0.00}")), ("next token guessed", $"{Figures.Percent(result.Accuracy)} {of}")]
            : [("accuracy", $"{Figures.Percent(result.Accuracy)} {of}")];
        return Pairs([.. quality,
            ("steps", Figures.Count(status.Progress.Step)),
            ("best state", result.BestStep is { } best ? $"that of step {Figures.Count(best)}" : ""),
            ("time", Figures.Duration(status.Progress.Seconds)),
            ("samples/s", Figures.Rate(status.Progress.SamplesPerSecond)),
            ("bytes per step", Figures.Bytes(status.Progress.BytesPerStep)),
            ("trainable", $"{Figures.SmallPercent((double)result.TrainableParameters / result.TotalParameters)} "
                + $"({Figures.Count(result.TrainableParameters)} of {Figures.Count(result.TotalParameters)} parameters)"),
            ($"{kind} size", Figures.Bytes(result.WeightsBytes)),
            ($"{kind} sha256", result.WeightsSha256)]);
    }

    public static Table Runs(IReadOnlyList<RunSummary> runs)
    {
        Table table = Plain("run", "kind", "name", "state", "step", "result", "method", "model", "submitted");
        foreach (RunSummary run in runs)
        {
            table.AddRow(new Text(run.RunId), new Text(run.Kind.ToString().ToLowerInvariant()), new Text(run.Name),
                new Text(ProgressText.Of(run.State), RunColors.Of(run.State)),
                new Text(run.Steps > 0 ? $"{run.Step}/{run.Steps}" : "-"),
                new Text(run.KeyFigure.Length > 0 ? run.KeyFigure : Figures.Percent(RunJson.Accuracy(run) ?? double.NaN)),
                new Text(run.Method), new Text(ModelName(run.ModelPath)),
                new Text(Figures.Moment(run.SubmittedAt)));
        }
        return table;
    }

    /// <summary>Evaluations while a run trains.</summary>
    public static Table Evaluations(IReadOnlyList<EvaluationMetrics> evaluations)
    {
        Table table = Plain("step", "held-out loss", "accuracy", "time");
        foreach (EvaluationMetrics e in evaluations)
        {
            table.AddRow(new Text(Figures.Count(e.Step)), new Text(Figures.Loss(e.Loss)), new Text(Figures.Percent(e.Accuracy)),
                new Text(Figures.Duration(e.Seconds)));
        }
        return table;
    }

    public static Table Nodes(IReadOnlyList<NodeStatus> nodes)
    {
        Table table = Plain("silo", "device", "threads", "slots used", "memory", "host", "hardware", "kernels", "runs");
        foreach (NodeStatus node in nodes)
        {
            string drain = node is { IsDraining: true, SlotsUsed: 0 } ? " (drained)" : node.IsDraining ? " (drains)" : "";
            table.AddRow(new Text(node.Name + drain), new Text(node.Device), new Text(Figures.Count(node.Threads)),
                new Text($"{node.SlotsUsed}/{node.Slots}"),
                new Text(node.MemoryBytes > 0 ? Figures.Bytes(node.MemoryBytes) : "-"), new Text(node.Host), new Text(node.Hardware),
                new Text(node.EqualBits ? node.KernelRoute : $"{node.KernelRoute} (no equal bits)"), new Text(string.Join(' ', node.Runs)));
        }
        return table;
    }

    private static string ModelName(string path) =>
        HubSnapshot.NameOf(path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(path));

    /// <summary>A run with its spec and everything known of it.</summary>
    public static Table Whole(RunStatus status)
    {
        RunSpec spec = status.Spec;
        RunProgress progress = status.Progress;
        return Pairs(
            ("run", status.RunId), ("name", spec.Name), ("state", ProgressText.Of(status.State)), ("reason", status.Reason),
            ("step", progress.Steps > 0 ? $"{Figures.Count(progress.Step)} of {Figures.Count(progress.Steps)}" : ""),
            ("progress", string.Join("  ", ProgressText.Parts(status))),
            ("checkpoint", status.CheckpointStep is { } step ? $"step {step}" : ""),
            ("step time", SpecText.StepTime(progress)),
            ("model", spec.ModelPath), ("model hash", spec.ModelHash), ("data set", spec.DatasetPath), ("data set hash", spec.DatasetHash),
            ("method", SpecText.Method(spec)), ("length of training", SpecText.Length(spec)), ("optimizer", SpecText.Optimizer(spec)),
            ("batches", SpecText.Batches(spec)), ("evaluations", SpecText.Evaluations(spec)), ("trainers", SpecText.Trainers(status)),
            ("submitted", Figures.Moment(status.SubmittedAt)),
            ("started", status.StartedAt is null ? "" : Figures.Moment(status.StartedAt)),
            ("ended", status.EndedAt is null ? "" : Figures.Moment(status.EndedAt)));
    }

    /// <summary>Names and values; a pair without a value is left out.</summary>
    public static Table Pairs(params IEnumerable<(string Name, string Value)> pairs)
    {
        Table table = new Table().RoundedBorder().HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        foreach ((string name, string value) in pairs)
            if (value.Length > 0) table.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        return table;
    }

    public static Table Plain(params string[] columns)
    {
        Table table = new Table().SimpleBorder();
        foreach (string column in columns) table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        return table;
    }
}
