using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Jobs;

/// <summary>A benchmark, found by its name; one instance a silo, registered as a service. It has its silos for itself.</summary>
public interface IBenchmark
{
    /// <summary>Its name, as <see cref="BenchmarkSpec.Benchmark"/> says it.</summary>
    string Name { get; }

    /// <summary>Everything that is wrong with a spec by itself: an unknown setting, a value that is not allowed; empty if nothing
    /// is.</summary>
    IReadOnlyList<string> Faults(BenchmarkSpec spec);

    /// <summary>Silos that it needs where the spec names none; 1 or more.</summary>
    int SilosOf(BenchmarkSpec spec);

    /// <summary>Measures; on a thread of the first of its silos, which may block.</summary>
    /// <param name="spec">A spec without faults.</param>
    /// <param name="lease">All its silos.</param>
    /// <param name="report">Told what is done: repetitions or cases done, what is at work now, and how many there are in all.</param>
    /// <param name="stopping">Ends it after the repetition at hand.</param>
    BenchmarkResult Run(BenchmarkSpec spec, SlotLease lease, Action<JobProgress> report, CancellationToken stopping);
}

/// <summary>A benchmark's result, from the one worker that measured.</summary>
/// <param name="Result">What was measured.</param>
[GenerateSerializer, Immutable, Alias("loracluster.BenchmarkPart")]
public sealed record BenchmarkPart([property: Id(0)] BenchmarkResult Result) : JobPart;
