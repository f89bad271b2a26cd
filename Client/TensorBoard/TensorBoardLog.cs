using System.Globalization;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.TensorBoard;

/// <summary>
/// A run's figures in TensorBoard's event files, a folder a run. What earlier files of the run hold is not written again: so a run that is
/// resumed, or watched twice, has each step once.
/// </summary>
internal sealed class TensorBoardLog
{
    private const string LossTag = "train/loss", AccuracyTag = "eval/accuracy", SettingsTag = "settings";
    private readonly string _folder;
    private readonly TimeProvider _time;
    private bool _hasSettings;
    private int _evaluatedTo = -1;
    private string? _file;

    private TensorBoardLog(string folder, TimeProvider time) => (_folder, _time) = (folder, time);

    /// <summary>Last step that is written; 0: none.</summary>
    public int LastStep { get; private set; }

    /// <summary>Goes on with a run's folder below another one; reads what is there.</summary>
    public static TensorBoardLog Open(string folder, string runId, TimeProvider time)
    {
        var log = new TensorBoardLog(Path.Combine(folder, runId), time);
        Directory.CreateDirectory(log._folder);
        foreach (string file in Directory.EnumerateFiles(log._folder, "*tfevents*").Order(StringComparer.Ordinal)) log.Take(file);
        return log;
    }

    /// <summary>Writes what a report knows of a run; returns its folder.</summary>
    public static string Write(string folder, ReportedRun run, TimeProvider time)
    {
        TensorBoardLog log = Open(folder, run.Status.RunId, time);
        log.Append(run);
        return Path.GetFullPath(log._folder);
    }

    /// <summary>Adds the steps and evaluations that are not there yet, and the settings at the first time.</summary>
    public void Append(ReportedRun run)
    {
        double now = (run.Status.EndedAt ?? _time.GetUtcNow()).ToUnixTimeMilliseconds() / 1000.0;
        StepMetrics[] fresh = [.. run.History.Where(step => step.Step > LastStep)];
        (int Step, double Accuracy, double Loss)[] evaluations = [.. EvaluationsOf(run).Where(e => e.Step > _evaluatedTo)];
        if (fresh.Length == 0 && evaluations.Length == 0) return;
        // Steps carry no clock: each is as much earlier than the last as those between took.
        double left = fresh.Sum(step => step.StepTimeMs), start = now - (left / 1000);
        using FileStream stream = OpenFile(start);
        if (!_hasSettings) EventRecords.Write(stream, SummaryEvent.Text(start, 0, SettingsTag, SettingsOf(run.Status)));
        _hasSettings = true;
        foreach (StepMetrics step in fresh)
        {
            left -= step.StepTimeMs;
            EventRecords.Write(stream, SummaryEvent.Scalars(now - (left / 1000), step.Step, ScalarsOf(step)));
            LastStep = step.Step;
        }
        foreach ((int step, double accuracy, double loss) in evaluations)
        {
            EventRecords.Write(stream, SummaryEvent.Scalars(now, step, ScalarsOf(accuracy, loss, run.Status.Result?.CountsTokens == true)));
            _evaluatedTo = step;
        }
    }

    /// <summary>Those while it trained, and the one of the result where it is of a later step.</summary>
    private static IEnumerable<(int Step, double Accuracy, double Loss)> EvaluationsOf(ReportedRun run)
    {
        foreach (EvaluationMetrics e in run.Evaluations) yield return (e.Step, e.Accuracy, e.Loss);
        if (run.Status is not { State: RunState.Completed, Result: { } result }) yield break;
        int step = result.BestStep ?? run.Status.Progress.Step;
        if (run.Evaluations.Count == 0 || run.Evaluations[^1].Step < step) yield return (step, result.Accuracy, result.EvaluationLoss);
    }

    /// <summary>The file of this log, made when there is something to write: an empty one would only confuse.</summary>
    private FileStream OpenFile(double now)
    {
        if (_file is not null) return new FileStream(_file, FileMode.Append);
        string name = string.Create(CultureInfo.InvariantCulture,
            $"events.out.tfevents.{(long)now:D10}.{Environment.MachineName}.{Environment.ProcessId}");
        int number = 0;
        while (File.Exists(Path.Combine(_folder, $"{name}.{number}"))) number++;
        _file = Path.Combine(_folder, $"{name}.{number}");
        var stream = new FileStream(_file, FileMode.CreateNew);
        EventRecords.Write(stream, SummaryEvent.Version(now));
        return stream;
    }

    private void Take(string file)
    {
        using FileStream stream = File.OpenRead(file);
        foreach (byte[] record in EventRecords.Read(stream))
        {
            (long step, IReadOnlyList<string> tags) = SummaryEvent.Read(record);
            if (tags.Contains(LossTag)) LastStep = Math.Max(LastStep, (int)step);
            if (tags.Contains(AccuracyTag)) _evaluatedTo = Math.Max(_evaluatedTo, (int)step);
            _hasSettings |= tags.Contains(SettingsTag);
        }
    }

    private static IEnumerable<(string Tag, double Value)> ScalarsOf(StepMetrics step) =>
    [
        (LossTag, step.Loss), ("train/accuracy", step.TrainingAccuracy), ("train/learning_rate", step.LearningRate),
        ("train/grad_norm", step.GradNorm), ("train/samples_per_second", StepHistory.SamplesPerSecond(step)),
    ];

    private static IEnumerable<(string Tag, double Value)> ScalarsOf(double accuracy, double loss, bool countsTokens)
    {
        yield return (AccuracyTag, accuracy);
        yield return ("eval/loss", loss);
        if (countsTokens) yield return ("eval/perplexity", Math.Exp(loss));
    }

    /// <summary>A Markdown table.</summary>
    private static string SettingsOf(RunStatus status)
    {
        var spec = status.Spec;
        (string, string)[] settings =
        [
            ("run", status.RunId), ("name", spec.Name), ("model", spec.ModelPath), ("data set", spec.DatasetPath),
            ("method", SpecText.Method(spec)), ("length of training", SpecText.Length(spec)), ("optimizer", SpecText.Optimizer(spec)),
            ("batches", SpecText.Batches(spec)), ("trainers", SpecText.Trainers(status)),
        ];
        return "| setting | value |\n|---|---|\n"
            + string.Concat(settings.Select(pair => $"| {pair.Item1} | {pair.Item2.Replace("|", "\\|", StringComparison.Ordinal)} |\n"));
    }
}
