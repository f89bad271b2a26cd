using LoraCluster.Kernels;
using static TorchSharp.torch;

namespace LoraCluster.Models;

/// <summary>
/// What every dropout of a replica shares: whether to drop at all, and which draw it is. The mask of a site follows from (seed, step,
/// micro-batch, site) alone, so it is the same whoever computes the micro-batch. One thread owns it.
/// </summary>
/// <param name="seed">Seed of the run.</param>
public sealed class DropoutContext(ulong seed)
{
    private int _step, _microBatch;

    /// <summary>True while dropouts are active.</summary>
    public bool Training { get; private set; }

    /// <summary>Dropouts are active, with the draws of one micro-batch of a step (both 0-based).</summary>
    public void BeginTraining(int step, int microBatch) => (Training, _step, _microBatch) = (true, step, microBatch);

    /// <summary>Dropouts do nothing.</summary>
    public void BeginEvaluation() => Training = false;

    /// <summary>Drops values of <paramref name="x"/> with probability <paramref name="p"/> and scales the rest; the same tensor if there is
    /// nothing to do.</summary>
    /// <param name="x">Any shape, fp32 or bf16; not changed.</param>
    /// <param name="p">Probability in [0, 1).</param>
    /// <param name="site">The dropout's number in the model.</param>
    public Tensor Apply(Tensor x, double p, int site) =>
        Training && p > 0 ? CounterDropout.Apply(x, p, new DropoutKey(seed, _step, _microBatch, site)) : x;
}
