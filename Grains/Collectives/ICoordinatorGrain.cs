using System.Globalization;
using LoraCluster.Grains.Placement;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Collectives;

/// <summary>A run's coordinator; the key is <c>RUN/MEMBERSHIP@SILO</c>.</summary>
[Alias("loracluster.ICoordinatorGrain")]
public interface ICoordinatorGrain : IGrainWithStringKey
{
    /// <summary>Fixes what the trainers agreed on. Asking again changes nothing.</summary>
    [Alias("Start")] Task StartAsync(CollectivePlan plan);

    /// <summary>Sends a worker's part of a chunk and waits for the reduced chunk, as frames.</summary>
    /// <exception cref="CollectiveException">The part is refused, or the collective ended.</exception>
    [Alias("Contribute"), ResponseTimeout("01:00:00")] Task<Immutable<byte[]>> ContributeAsync([Immutable] byte[][] frames);

    /// <summary>Sends a worker's share of the evaluation after so many steps and waits for everyone's, in batch order.</summary>
    /// <exception cref="CollectiveException">The share is refused, or the collective ended.</exception>
    [Alias("Evaluate"), ResponseTimeout("12:00:00")]
    Task<EvaluationPart> EvaluateAsync(int membership, int worker, int step, [Immutable] EvaluationPart[] parts);

    /// <summary>A worker takes no step after so many, since the evaluations say so. All of them say the same.</summary>
    [Alias("EndAfter")] Task EndAfterAsync(int membership, int step);

    /// <summary>Asks for a stop after the next step. False if no further step will be taken.</summary>
    [Alias("Direct")] Task<bool> DirectAsync(RunDirective directive);

    /// <summary>Ends the collective at once.</summary>
    [Alias("Stop")] Task StopAsync(string reason);

    /// <summary>Key of a run's coordinator.</summary>
    static string KeyOf(string runId, int membership, SiloAddress silo) =>
        PinnedKey.Create(string.Create(CultureInfo.InvariantCulture, $"{runId}/{membership}"), silo);
}

/// <summary>Sums over an evaluation batch, or over all of them.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.EvaluationPart")]
public readonly record struct EvaluationPart(
    [property: Id(0)] int Batch, [property: Id(1)] double LossSum, [property: Id(2)] long Rows, [property: Id(3)] long Correct);
