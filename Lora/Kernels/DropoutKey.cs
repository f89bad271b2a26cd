using LoraCluster.Randomness;

namespace LoraCluster.Kernels;

/// <summary>
/// Where in a run a dropout mask belongs. The mask follows from these four, the probability and the position, and nothing else.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Optimizer step, not negative.</param>
/// <param name="MicroBatch">Micro-batch in the step, not negative.</param>
/// <param name="Site">Which dropout of the model, numbered in a fixed order, not negative.</param>
public readonly record struct DropoutKey(ulong Seed, int Step, int MicroBatch, int Site)
{
    /// <summary>The stream that the mask is drawn from.</summary>
    internal RandomStream Stream => new(Seed, RandomPurpose.Dropout, Step, MicroBatch, Site);
}
