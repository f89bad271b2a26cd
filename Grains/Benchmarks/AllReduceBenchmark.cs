using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Training;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// The round trip of an all-reduce by payload and number of trainers: what a training step waits for its sum, with the same coordinator,
/// frames and channel. The trainers are threads of the first silo, the coordinator is on the last: named two silos, every frame goes
/// from one process to the other; named one, none does.
/// </summary>
internal sealed class AllReduceBenchmark(IGrainFactory grains, IOptions<NodeOptions> node) : IBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => "allreduce";

    public IReadOnlyList<string> Faults(BenchmarkSpec spec) => Read(spec).Faults;

    public int SilosOf(BenchmarkSpec spec) => 1;

    public BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping)
    {
        (IReadOnlyList<int> trainers, IReadOnlyList<int> kilobytes, int rounds, int warmup, _) = Read(spec);
        (int Trainers, int Kilobytes)[] cases = [.. trainers.SelectMany(_ => kilobytes, (world, size) => (world, size))];
        var lines = new List<Measurement>();
        for (int k = 0; k < cases.Length; k++)
        {
            (int world, int size) = cases[k];
            string configuration = string.Create(CultureInfo.InvariantCulture, $"{world} trainer{(world == 1 ? "" : "s")}"),
                name = string.Create(CultureInfo.InvariantCulture, $"{size} kB");
            report(new JobProgress(k, $"{configuration}, {name}", cases.Length));
            double[] times = Measure(lease, world, size, rounds + warmup, stopping)[warmup..];
            lines.Add(Measured.Rounds(configuration, name, "round trip", "ms", times).WithTails(times));
            // Up and down, of every trainer.
            double moved = 2.0 * world * size / 1000;
            lines.Add(Measured.Rounds(configuration, name, "moved", "MB/s", [.. times.Select(ms => moved / ms * 1000)]));
        }
        return new BenchmarkResult
        {
            Measurements = lines, KeyFigure = string.Create(CultureInfo.InvariantCulture,
                $"{cases[^1].Trainers} x {cases[^1].Kilobytes} kB in {lines[^2].Median:0.0} ms"),
            Environment = [.. MachineFacts.Of(node.Value, spec.Threads),
                new JobFact("trainers and coordinator", lease.Silos.Distinct().Count() > 1 ? $"{lease.Names[0]} and {lease.Names[^1]}"
                    : $"both on {lease.Names[0]}")],
        };
    }

    private double[] Measure(SlotLease lease, int world, int kilobytes, int steps, CancellationToken stopping)
    {
        string id = $"bench-allreduce-{Guid.NewGuid():N}";
        var plan = new CollectivePlan
        {
            RunId = id, Membership = 1, Places = [.. Enumerable.Repeat(lease.Names[0], world)], LayoutHash = 1,
            Values = Math.Max(1, kilobytes * 1000 / sizeof(float)), TensorNames = ["payload"], FirstStep = 0, Steps = steps,
            StepPatience = Patience,
        };
        string key = ICoordinatorGrain.KeyOf(id, plan.Membership, SiloAddress.FromParsableString(lease.Silos[^1]));
        ICoordinatorGrain coordinator = grains.GetGrain<ICoordinatorGrain>(key);
        coordinator.StartAsync(plan).WaitAsync(stopping).GetAwaiter().GetResult();
        try
        {
            using var failed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            double[] times = new double[steps];
            Task[] others = [.. Enumerable.Range(1, world - 1).Select(worker => Task.Factory.StartNew(
                () => Take(coordinator, plan, worker, null, failed), failed.Token, TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            Take(coordinator, plan, 0, times, failed);
            Task.WaitAll(others, stopping);
            return times;
        }
        finally { coordinator.StopAsync("the benchmark is over").GetAwaiter().GetResult(); }
    }

    private static void Take(
        ICoordinatorGrain coordinator, CollectivePlan plan, int worker, double[]? times, CancellationTokenSource failed)
    {
        try
        {
            var channel = new AllReduceChannel(coordinator, plan, worker);
            float[] gradient = [.. Enumerable.Range(0, plan.Values).Select(i => (i % 100) * 1e-3f)];
            (TreeNode, GradientSum)[] nodes =
                [.. WorkShare.NodesOf(worker, plan.World, plan.World).Select(leaf => (leaf, new GradientSum(gradient, 1, 1, 1)))];
            for (int step = 0; step < plan.Steps; step++)
            {
                long start = Stopwatch.GetTimestamp();
                channel.AllReduce(step, plan.World, nodes, [UInt128.One], failed.Token);
                if (times is not null) times[step] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }
        catch
        {
            // The others would wait for this one.
            failed.Cancel();
            throw;
        }
    }

    private static (IReadOnlyList<int> Trainers, IReadOnlyList<int> Kilobytes, int Rounds, int Warmup, IReadOnlyList<string> Faults) Read(
        BenchmarkSpec spec)
    {
        var read = new SettingsReader(spec);
        read.NoModel();
        read.NoDataset();
        IReadOnlyList<int> trainers = read.Numbers("trainers", [1, 2, 4], 1, 64);
        // MiniLM's adapters, DistilBERT's with and without its head.
        IReadOnlyList<int> kilobytes = read.Numbers("payload-kb", [300, 600, 3000], 1, 1_000_000);
        return (trainers, kilobytes, read.Number("rounds", 50, 1, 10_000), read.Number("warmup", 10, 0, 10_000), read.Faults());
    }
}
