using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Hub;
using LoraCluster.Models;
using LoraCluster.Training;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// What an adapter costs when a model is used: the base, the base with an adapter beside it, and with the adapter merged. The three take
/// turns round by round, beginning with another one each time, so that a machine that grows slower slows all of them.
/// </summary>
internal sealed class InferenceBenchmark(BaseModelCache cache, HubFolders hub, IOptions<NodeOptions> node) : IBenchmark
{
    private const string Base = "base", Unmerged = "unmerged", Merged = "merged", Latency = "latency", Throughput = "throughput";

    public string Name => "inference";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => InferenceSettings.Of(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        InferenceSettings settings = InferenceSettings.Of(spec).Settings;
        string folder = hub.FolderOf(settings.Model, HubKind.Model, stopping);
        using var model = cache.RentModel(folder, settings.Precision, new torch.Device(node.Value.Device));
        BaseModel baseModel = model.Value.Model;
        RefuseTooLong(settings, baseModel);
        using TrainableModel plain = ModelForms.Plain(baseModel),
            unmerged = Adapted(baseModel, settings), merged = Adapted(baseModel, settings);
        merged.Merge();
        (string Name, TrainableModel Model)[] configurations = [(Base, plain), (Unmerged, unmerged), (Merged, merged)];

        var lines = new List<Measurement>();
        (int Rows, int Tokens)[] cases = [.. settings.BatchSizes.SelectMany(_ => settings.Lengths, (rows, tokens) => (rows, tokens))];
        int rounds = settings.Rounds + 1, done = 0;
        foreach ((int rows, int tokens) in cases)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"batch {rows}, {tokens} tokens");
            using TokenBatch batch = Batch(baseModel, rows, tokens);
            var times = configurations.Select(_ => new List<double[]>()).ToArray();
            for (int round = 0; round < rounds; round++)
            {
                report(new JobProgress(done++, name, cases.Length * rounds));
                for (int turn = 0; turn < configurations.Length; turn++)
                {
                    stopping.ThrowIfCancellationRequested();
                    int which = (turn + round) % configurations.Length;
                    double[] taken = Time(configurations[which].Model, batch, settings, stopping);
                    // The first round only warms up: caches, allocator, clock speed.
                    if (round > 0) times[which].Add(taken);
                }
            }
            lines.AddRange(LinesOf(name, rows, configurations, times));
        }
        return new BenchmarkResult
        {
            Measurements = lines, KeyFigure = KeyFigureOf(lines), Environment = MachineFacts.Of(node.Value, spec.Threads),
        };
    }

    private static TrainableModel Adapted(BaseModel model, InferenceSettings settings)
    {
        TrainableModel adapted = TrainableModel.Create(model, new TrainingOptions { Lora = settings.Lora });
        // B starts at zero; with values of the size that training leaves, merging has something to add.
        float[] values = adapted.GetParameters();
        for (int i = 0; i < values.Length; i++)
            if (values[i] == 0) values[i] = ((i % 7) - 3) * 1e-3f;
        adapted.SetParameters(values);
        return adapted;
    }

    private static void RefuseTooLong(InferenceSettings settings, BaseModel model)
    {
        if (settings.Lengths.Max() <= model.Config.Positions) return;
        throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"lengths has {settings.Lengths.Max()}; allowed are at most the model's {model.Config.Positions} positions"));
    }

    private static TokenBatch Batch(BaseModel model, int rows, int tokens)
    {
        // Any ids do but the padding's: the work does not depend on them.
        int[][] ids = [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, tokens)
            .Select(token => 1 + (((row * 31) + (token * 17)) % (model.Config.VocabularySize - 1))).ToArray())];
        return ModelForms.Batch(model, ids);
    }

    private static double[] Time(TrainableModel model, TokenBatch batch, InferenceSettings settings, CancellationToken stopping)
    {
        double[] times = new double[settings.Repetitions];
        for (int k = -settings.Warmup; k < times.Length; k++)
        {
            stopping.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            using (torch.Tensor logits = model.Logits(batch)) ModelForms.Wait(logits);
            if (k >= 0) times[k] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return times;
    }

    private static IEnumerable<Measurement> LinesOf(
        string name, int rows, (string Name, TrainableModel Model)[] configurations, List<double[]>[] times)
    {
        double[][] medians = [.. times.Select(rounds => rounds.Select(round => new Statistics(round).Median).ToArray())];
        for (int c = 0; c < configurations.Length; c++)
        {
            string configuration = configurations[c].Name;
            yield return Measured.Rounds(configuration, name, Latency, "ms", medians[c], c == 0 ? null : medians[0])
                .WithTails(times[c].SelectMany(round => round));
            double[] Rate(double[] latencies) => [.. latencies.Select(ms => rows / ms * 1000)];
            yield return Measured.Rounds(configuration, name, Throughput, "rows/s", Rate(medians[c]), c == 0 ? null : Rate(medians[0]));
        }
    }

    /// <summary>The largest of the cases' ratios, which is what one has to reckon with.</summary>
    private static string KeyFigureOf(IReadOnlyList<Measurement> lines)
    {
        double Worst(string configuration) =>
            lines.Where(m => m.Configuration == configuration && m.Quantity == Latency).Max(m => m.Ratio!.Value);
        return string.Create(CultureInfo.InvariantCulture, $"unmerged x{Worst(Unmerged):0.00}, merged x{Worst(Merged):0.00}");
    }
}
