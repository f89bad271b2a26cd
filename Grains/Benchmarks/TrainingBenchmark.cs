using System.Globalization;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Training;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>What the training benchmark is asked for.</summary>
/// <param name="Common">Everything but method and seed.</param>
/// <param name="Seeds">Each method is trained once with each.</param>
/// <param name="Methods">full, lora and head, or some of them; the first is what the others are compared with.</param>
/// <param name="Untimed">First steps that do not count.</param>
internal sealed record TrainingBenchmarkSettings(
    ChildTraining Common, IReadOnlyList<int> Seeds, IReadOnlyList<string> Methods, int Untimed)
{
    /// <summary>Reads a spec; its faults are what is wrong with it.</summary>
    public static (TrainingBenchmarkSettings Settings, IReadOnlyList<string> Faults) Of(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        var lora = AdapterSettings.Of(read);
        var common = new ChildTraining
        {
            ModelFolder = read.Model(), DatasetPath = read.Dataset(), Device = "", Threads = spec.Threads, Method = "lora", Seed = 0,
            Dtype = AdapterSettings.PrecisionOf(read) == Precision.BFloat16 ? "bf16" : "fp32",
            Steps = read.Number("max-steps", 100, 1, 1_000_000), MaxExamples = read.Number("max-examples", 3200, 1, int.MaxValue),
            MaxLength = read.Number("max-length", 128, 3, 1 << 20), GlobalBatchSize = read.Number("global-batch", 32, 1, 65_536),
            MicroBatchSize = read.Number("micro-batch", 8, 1, 65_536), Rank = lora.Rank, Alpha = lora.Alpha,
            Targets = read.Words("target", "q,v"),
        };
        var settings = new TrainingBenchmarkSettings(common, read.Numbers("seeds", [1, 2, 3], 0, int.MaxValue),
            read.Words("methods", "full,lora,head", "full", "lora", "head"), read.Number("warmup", 5, 0, 1_000_000));
        if (settings.Untimed >= common.Steps)
            read.Refuse("warmup", settings.Untimed.ToString(CultureInfo.InvariantCulture), "less than max-steps");
        return (settings, [.. read.Faults(), .. TrainingChild.OptionsOf(common).Faults()]);
    }
}

/// <summary>
/// Full fine-tuning against LoRA against the head alone: the same model, data and seeds, each in a process of its own, so that peak memory
/// is that method's. The methods take turns seed by seed; steps are compared in pairs, since the same seed gives the same batches.
/// </summary>
internal sealed class TrainingBenchmark(HubFolders hub, IOptions<NodeOptions> node) : IBenchmark
{
    public string Name => "training";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => TrainingBenchmarkSettings.Of(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        TrainingBenchmarkSettings settings = TrainingBenchmarkSettings.Of(spec).Settings;
        ChildTraining common = settings.Common with
        {
            ModelFolder = hub.FolderOf(settings.Common.ModelFolder, HubKind.Model, stopping),
            DatasetPath = hub.FolderOf(settings.Common.DatasetPath, HubKind.Dataset, stopping), Device = node.Value.Device,
        };
        var figures = settings.Methods.ToDictionary(method => method, _ => new List<TrainingFigures>(), StringComparer.Ordinal);
        int total = settings.Methods.Count * settings.Seeds.Count * common.Steps, before = 0;
        foreach ((int turn, int seed) in settings.Seeds.Index())
        {
            for (int k = 0; k < settings.Methods.Count; k++)
            {
                string method = settings.Methods[(k + turn) % settings.Methods.Count];
                string phase = string.Create(CultureInfo.InvariantCulture, $"{method}, seed {seed}");
                report(new JobProgress(before, phase, total));
                int done = before;
                figures[method].Add(ChildProcess.Run<TrainingFigures>(common with { Method = method, Seed = (ulong)seed },
                    progress => report(new JobProgress(done + progress.Step, phase, total)), stopping));
                before += common.Steps;
            }
        }
        List<Measurement> lines = [.. settings.Methods.SelectMany(method => LinesOf(settings, method, figures))];
        return new BenchmarkResult
        {
            Measurements = lines, KeyFigure = KeyFigureOf(settings.Methods, lines), Environment = MachineFacts.Of(node.Value, spec.Threads),
        };
    }

    private static IEnumerable<Measurement> LinesOf(
        TrainingBenchmarkSettings settings, string method, Dictionary<string, List<TrainingFigures>> figures)
    {
        List<TrainingFigures> own = figures[method], first = figures[settings.Methods[0]];
        bool baseline = method == settings.Methods[0];
        double[] StepTimes(List<TrainingFigures> all) => [.. all.SelectMany(one => one.StepTimesMs.Skip(settings.Untimed))];
        double[] Rates(List<TrainingFigures> all) =>
            [.. all.SelectMany(one => one.StepTimesMs.Zip(one.Rows, (ms, rows) => rows / ms * 1000).Skip(settings.Untimed))];
        double[] Memory(List<TrainingFigures> all) => [.. all.Select(one => (double)one.PeakMemoryBytes)];
        double[] accuracy = [.. own.Select(one => 100.0 * one.Correct / Math.Max(1, one.Evaluated))];
        TrainingFigures any = own[0];

        yield return Measured.Once(method, "", "parameters updated", "", any.TrainableParameters);
        yield return Measured.Once(method, "", "share of the parameters", "%", 100.0 * any.TrainableParameters / any.TotalParameters);
        yield return Measured.Rounds(method, "", "step time", "ms", StepTimes(own), baseline ? null : StepTimes(first));
        yield return Measured.Rounds(method, "", "training speed", "samples/s", Rates(own), baseline ? null : Rates(first));
        yield return Measured.Rounds(method, "", "peak memory", "By", Memory(own), baseline ? null : Memory(first));
        yield return Measured.Once(method, "", "optimizer state", "By", any.OptimizerBytes);
        yield return Measured.Once(method, "", "storage per checkpoint", "By", any.ResultBytes);
        yield return Measured.Once(method, "", "gradient exchanged per step", "By", any.GradientBytes);
        yield return Measured.Rounds(method, "", "accuracy", "%", accuracy);
        yield return Measured.Once(method, "", "accuracy, mean", "%", accuracy.Average());
        yield return Measured.Once(method, "", "accuracy, standard deviation", "%", new Statistics(accuracy).StandardDeviation);
        yield return Measured.Rounds(method, "", "loss on held-out rows", "nats", [.. own.Select(one => one.EvaluationLoss)]);
    }

    private static string KeyFigureOf(IReadOnlyList<string> methods, IReadOnlyList<Measurement> lines)
    {
        double Of(string method, string quantity) => lines.Single(m => m.Configuration == method && m.Quantity == quantity).Median;
        return string.Join(", ", methods.Select(method => string.Create(CultureInfo.InvariantCulture,
            $"{method} {Of(method, "accuracy, mean"):0.0} % at {Of(method, "training speed"):0.#} samples/s")));
    }
}
