using System.Diagnostics;
using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Jobs;

/// <summary>Benchmarks as jobs: the one that the spec names measures on worker 0, the other workers keep their silos free.</summary>
internal sealed class BenchmarkWork(IEnumerable<IBenchmark> benchmarks) : IJobWork
{
    private readonly IBenchmark[] _benchmarks = [.. benchmarks.OrderBy(b => b.Name, StringComparer.Ordinal)];

    public bool Takes(JobSpec spec) => spec is BenchmarkSpec;

    public IReadOnlyList<string> Faults(JobSpec spec)
    {
        var benchmark = (BenchmarkSpec)spec;
        if (Find(benchmark.Benchmark) is { } known) return known.Faults(benchmark);
        string allowed = _benchmarks.Length == 0 ? "none on this cluster" : string.Join(", ", _benchmarks.Select(b => b.Name));
        return [$"benchmark is '{benchmark.Benchmark}'; allowed is {allowed}"];
    }

    public SlotRequest Needs(string jobId, JobSpec spec)
    {
        int silos = spec.Silos.Count > 0 ? spec.Silos.Count : Require(spec).SilosOf((BenchmarkSpec)spec);
        return new SlotRequest(jobId, silos, spec.Threads, false, spec.Silos, Exclusive: true);
    }

    public IJobSession Open(JobTask task, CancellationToken stopping) => new Session(Require(task.Spec), task);

    public JobResult Combine(JobSpec spec, IReadOnlyList<JobPart> parts) => parts.OfType<BenchmarkPart>().First().Result;

    public Task DeleteAsync(string jobId, JobSpec spec) => Task.CompletedTask;

    private IBenchmark Require(JobSpec spec) => Find(((BenchmarkSpec)spec).Benchmark)
        ?? throw new UserErrorException(string.Join('\n', Faults(spec)));

    private IBenchmark? Find(string name) => Array.Find(_benchmarks, b => string.Equals(b.Name, name, StringComparison.Ordinal));

    private sealed class Session(IBenchmark benchmark, JobTask task) : IJobSession
    {
        public PreparedJob Prepared => new() { Total = 0 };

        public JobPart Compute(Action<JobProgress> report, CancellationToken stopping)
        {
            if (task.Worker > 0) return new IdlePart();
            // What is measured is not traced: spans would be a part of it.
            using Activity quiet = Telemetry.Unsampled();
            return new BenchmarkPart(benchmark.Run((BenchmarkSpec)task.Spec, task.Lease, report, stopping));
        }

        public void Dispose() { }
    }
}

/// <summary>Of a worker that only kept its silo free.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.IdlePart")]
public sealed record IdlePart : JobPart;
