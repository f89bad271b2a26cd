using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>A trainer of the scaling benchmark; its key names its silo.</summary>
[Alias("loracluster.IScalingWorkerGrain")]
public interface IScalingWorkerGrain : IGrainWithStringKey
{
    /// <summary>Trains with the others of the same collective, and tells how long each step took.</summary>
    /// <exception cref="ClusterRequestException">It cannot be done here.</exception>
    [Alias("Train"), ResponseTimeout("12:00:00")]
    Task<ScalingShare> TrainAsync(ScalingTask task, CancellationToken cancellationToken = default);

    /// <summary>Key of a worker.</summary>
    static string KeyOf(string collective, int worker, SiloAddress silo) =>
        PinnedKey.Create(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{collective}/{worker}"), silo);
}

/// <summary>What a worker is to do.</summary>
/// <param name="Collective">Name of the collective.</param>
/// <param name="Coordinator">Key of its coordinator.</param>
/// <param name="Spec">What is trained; its trainers are the collective's workers.</param>
/// <param name="Worker">Rank of this one.</param>
/// <param name="Places">The workers' silos, by rank.</param>
[GenerateSerializer, Immutable, Alias("loracluster.ScalingTask")]
public sealed record ScalingTask(
    [property: Id(0)] string Collective, [property: Id(1)] string Coordinator, [property: Id(2)] RunSpec Spec,
    [property: Id(3)] int Worker, [property: Id(4)] IReadOnlyList<string> Places);

/// <summary>Figures of each step, in order.</summary>
/// <param name="StepTimesMs">Wall time.</param>
/// <param name="WaitMs">Of it, waiting for the sum.</param>
/// <param name="Rows">Rows of the global batch.</param>
[GenerateSerializer, Immutable, Alias("loracluster.ScalingShare")]
public sealed record ScalingShare(
    [property: Id(0)] IReadOnlyList<double> StepTimesMs, [property: Id(1)] IReadOnlyList<double> WaitMs,
    [property: Id(2)] IReadOnlyList<int> Rows);
