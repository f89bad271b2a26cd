using System.Globalization;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Training;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// Samples per second over 1 to N silos, a trainer on each: the same run, whose bits do not depend on how many share it, so steps are
/// compared in pairs.
/// </summary>
internal sealed class ScalingBenchmark(IGrainFactory grains, IOptions<NodeOptions> node) : IBenchmark
{
    public string Name => "scaling";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => Read(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => Read(spec).Trainers.Max();

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        (RunSpec run, IReadOnlyList<int> trainers, int untimed, _) = Read(spec);
        var shares = new List<ScalingShare>();
        foreach (int world in trainers)
        {
            report(new JobProgress(shares.Count, NameOf(world), trainers.Count));
            shares.Add(Train(run with { Trainers = world }, lease, stopping));
        }
        List<Measurement> lines = [.. trainers.SelectMany((world, k) => LinesOf(world, trainers[0], shares[k], shares[0], untimed))];
        return new BenchmarkResult
        {
            Measurements = lines, Environment = MachineFacts.Of(node.Value, spec.Threads),
            KeyFigure = string.Join(", ", lines.Where(m => m.Quantity == "training speed")
                .Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Configuration} {m.Median:0.#} samples/s"))),
        };
    }

    private ScalingShare Train(RunSpec run, SlotLease lease, CancellationToken stopping)
    {
        string collective = $"bench-scaling-{Guid.NewGuid():N}";
        SiloAddress SiloOf(int worker) => SiloAddress.FromParsableString(lease.Silos[worker]);
        string key = ICoordinatorGrain.KeyOf(collective, 1, SiloOf(0));
        string[] places = [.. lease.Names.Take(run.Trainers)];
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task<ScalingShare>[] workers = [.. Enumerable.Range(0, run.Trainers).Select(worker =>
            grains.GetGrain<IScalingWorkerGrain>(IScalingWorkerGrain.KeyOf(collective, worker, SiloOf(worker)))
                .TrainAsync(new ScalingTask(collective, key, run, worker, places), failed.Token))];
        try
        {
            // One that fails is heard at once: the others would wait for its part of the sum.
            List<Task<ScalingShare>> underWay = [.. workers];
            while (underWay.Count > 0)
            {
                Task<ScalingShare> ended = Task.WhenAny(underWay).WaitAsync(stopping).GetAwaiter().GetResult();
                ended.GetAwaiter().GetResult();
                underWay.Remove(ended);
            }
            return workers[0].Result;
        }
        finally
        {
            failed.Cancel();
            grains.GetGrain<ICoordinatorGrain>(key).StopAsync("the benchmark is over").GetAwaiter().GetResult();
        }
    }

    private static IEnumerable<Measurement> LinesOf(int world, int fewest, ScalingShare own, ScalingShare first, int untimed)
    {
        double[] Rates(ScalingShare share) =>
            [.. share.StepTimesMs.Zip(share.Rows, (ms, rows) => rows / ms * 1000).Skip(untimed)];
        bool baseline = ReferenceEquals(own, first);
        Measurement speed = Measured.Rounds(NameOf(world), "", "training speed", "samples/s", Rates(own), baseline ? null : Rates(first));
        yield return speed;
        yield return Measured.Rounds(NameOf(world), "", "step time", "ms", [.. own.StepTimesMs.Skip(untimed)],
            baseline ? null : [.. first.StepTimesMs.Skip(untimed)]);
        yield return Measured.Rounds(NameOf(world), "", "wait for the sum", "ms", [.. own.WaitMs.Skip(untimed)]);
        yield return Measured.Once(NameOf(world), "", "efficiency", "%", 100.0 * (speed.Ratio ?? 1) * fewest / world);
    }

    private static string NameOf(int world) => string.Create(CultureInfo.InvariantCulture, $"{world} silo{(world == 1 ? "" : "s")}");

    private static (RunSpec Run, IReadOnlyList<int> Trainers, int Untimed, IReadOnlyList<string> Faults) Read(BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        var lora = AdapterSettings.Of(read);
        int steps = read.Number("max-steps", 40, 2, 100_000), untimed = read.Number("warmup", 5, 0, 100_000);
        int[] all = [.. Enumerable.Range(1, Math.Max(2, spec.Silos.Count))];
        IReadOnlyList<int> trainers = read.Numbers("trainers", all, 1, 1024);
        var run = new RunSpec
        {
            ModelPath = read.Model(), DatasetPath = read.Dataset(), Rank = lora.Rank, Alpha = lora.Alpha, MaxSteps = steps, Epochs = 10_000,
            TargetModules = read.Words("target", "q,v"), MaxExamples = read.Number("max-examples", 3200, 1, int.MaxValue),
            MaxLength = read.Number("max-length", 128, 3, 1 << 20), GlobalBatchSize = read.Number("global-batch", 32, 1, 65_536),
            MicroBatchSize = read.Number("micro-batch", 8, 1, 65_536), ThreadsPerTrainer = spec.Threads, Trainers = trainers.Max(),
            Dtype = AdapterSettings.PrecisionOf(read) == Precision.BFloat16 ? "bf16" : "fp32", RequireEqualBits = false,
            CheckpointSeconds = 0,
        };
        if (untimed >= steps) read.Refuse("warmup", untimed.ToString(CultureInfo.InvariantCulture), "less than max-steps");
        if (spec.Silos.Count > 0 && spec.Silos.Count < trainers.Max())
        {
            read.Refuse("trainers", string.Join(',', trainers),
                string.Create(CultureInfo.InvariantCulture, $"at most the {spec.Silos.Count} silos that are named"));
        }
        // What a run must be given is told by the benchmark's own names already.
        IEnumerable<string> others = RunSpecMapping.Faults(run with { ModelPath = "m", DatasetPath = "d" });
        return (run, trainers, untimed, [.. read.Faults(), .. others]);
    }
}
