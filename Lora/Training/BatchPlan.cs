using LoraCluster.Randomness;

namespace LoraCluster.Training;

/// <summary>
/// Which rows each micro-batch of each step holds: a pure function of (seed, lengths, options), never of who computes it. One permutation
/// an
/// epoch; grouped batching cuts it into megabatches of 50 global batches, sorts each by length (ties by row number), cuts it into batches
/// and
/// shuffles the whole ones. Micro-batch m holds rows m k to m k + k - 1 of its batch; an epoch's last batch may be smaller and is used.
/// </summary>
public sealed class BatchPlan
{
    private const int BatchesPerMegabatch = 50;
    private readonly int[] _lengths;
    private readonly TrainingOptions _options;
    private int _epoch = -1;
    private int[][] _batches = [];

    /// <summary>A plan over rows of the given lengths.</summary>
    /// <param name="lengths">Tokens of each training row; at least one row.</param>
    /// <param name="options">Batch sizes, epochs, batching, seed.</param>
    /// <exception cref="UserErrorException">There are no rows.</exception>
    public BatchPlan(int[] lengths, TrainingOptions options)
    {
        if (lengths.Length == 0) throw new UserErrorException("the training split has no rows; at least one is needed");
        (_lengths, _options) = (lengths, options);
        StepsPerEpoch = (lengths.Length + options.GlobalBatchSize - 1) / options.GlobalBatchSize;
        Steps = options.MaxSteps ?? checked(StepsPerEpoch * options.Epochs);
    }

    /// <summary>Optimizer steps of one pass over the rows.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Optimizer steps of the run: max-steps, over as many passes as it takes, else all of the epochs.</summary>
    public int Steps { get; }

    /// <summary>Rows of a step's global batch.</summary>
    public ReadOnlySpan<int> Batch(int step)
    {
        int epoch = step / StepsPerEpoch;
        if (epoch != _epoch) (_batches, _epoch) = (BatchesOf(epoch), epoch);
        return _batches[step % StepsPerEpoch];
    }

    /// <summary>Micro-batches of a step that hold rows.</summary>
    public int MicroBatches(int step) => (Batch(step).Length + _options.MicroBatchSize - 1) / _options.MicroBatchSize;

    /// <summary>Rows of one micro-batch.</summary>
    public ReadOnlySpan<int> MicroBatch(int step, int microBatch)
    {
        ReadOnlySpan<int> batch = Batch(step);
        int first = microBatch * _options.MicroBatchSize;
        return batch.Slice(first, Math.Min(_options.MicroBatchSize, batch.Length - first));
    }

    private int[][] BatchesOf(int epoch)
    {
        int[] order = new RandomStream(_options.Seed, RandomPurpose.DataOrder, epoch, 0, 0).Permutation(_lengths.Length);
        int size = _options.GlobalBatchSize;
        if (_options.Batching == Batching.Random) return [.. order.Chunk(size)];

        var batches = new List<int[]>();
        foreach (int[] megabatch in order.Chunk(size * BatchesPerMegabatch))
        {
            Array.Sort(megabatch, (a, b) => _lengths[a] != _lengths[b] ? _lengths[a].CompareTo(_lengths[b]) : a.CompareTo(b));
            batches.AddRange(megabatch.Chunk(size));
        }
        // The incomplete batch, if there is one, stays the epoch's last.
        int whole = _lengths.Length / size;
        int[] shuffle = new RandomStream(_options.Seed, RandomPurpose.DataOrder, epoch, 0, 1).Permutation(whole);
        return [.. shuffle.Select(k => batches[k]), .. batches.Skip(whole)];
    }
}
