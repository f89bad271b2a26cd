using LoraCluster.Training;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// One step's all-reduce: each chunk of the flat vector is a reduction of its own, and is finished when every worker has sent its part of
/// it. Workers without a micro-batch send an empty part, since they too wait for the sum. What comes twice is not counted twice.
/// </summary>
internal sealed class ReductionRound
{
    private const int MaxWaitingPerWorker = 8;
    private readonly CollectivePlan _plan;
    private readonly ChunkState[] _chunks;
    private readonly UInt128[]?[] _hashes;

    public ReductionRound(CollectivePlan plan, int step, int leaves)
    {
        _plan = plan;
        Step = step;
        Leaves = leaves;
        _hashes = new UInt128[]?[plan.World];
        _chunks = new ChunkState[leaves == 0 ? 1 : plan.Chunks];
        for (int k = 0; k < _chunks.Length; k++) _chunks[k] = new ChunkState(plan.World, leaves);
    }

    public int Step { get; }

    /// <summary>Micro-batches; 0 in a round that only compares states.</summary>
    public int Leaves { get; }

    public int Chunks => _chunks.Length;

    public bool IsComplete { get; private set; }

    /// <summary>True once the directive of this step was sent: it cannot change any more.</summary>
    public bool IsDirected => _chunks[0].Reduced is not null;

    /// <summary>True if the worker's part of the chunk is there.</summary>
    public bool Has(int worker, int chunk) => _chunks[chunk].Sent[worker];

    /// <summary>The finished chunk, or null.</summary>
    public ReducedChunk? Reduced(int chunk) => _chunks[chunk].Reduced;

    /// <summary>Workers whose part of some chunk is missing.</summary>
    public IEnumerable<int> Missing() => Enumerable.Range(0, _plan.World).Where(w => Array.Exists(_chunks, c => !c.Sent[w]));

    /// <summary>Takes a worker's part, once. True if all parts of the chunk are there.</summary>
    public bool Add(Contribution part)
    {
        ChunkState chunk = _chunks[part.Chunk];
        foreach ((TreeNode node, GradientSum sum) in part.Nodes) chunk.Reducer!.Add(node, sum);
        if (part.Chunk == 0) _hashes[part.Worker] = part.StateHashes;
        chunk.Sent[part.Worker] = true;
        return ++chunk.Parts == _plan.World;
    }

    /// <summary>Lets a ticket wait for a chunk. False if the worker has too many waiting already.</summary>
    public bool Wait(int worker, int chunk, long ticket)
    {
        List<(int Worker, long Ticket)> waiting = _chunks[chunk].Waiting;
        if (waiting.Count(w => w.Worker == worker) >= MaxWaitingPerWorker) return false;
        waiting.Add((worker, ticket));
        return true;
    }

    /// <summary>Finishes a chunk whose parts are all there, and hands out the tickets that waited for it.</summary>
    public (ReducedChunk Chunk, IReadOnlyList<long> Tickets) Finish(int chunk, RunDirective directive)
    {
        ChunkState state = _chunks[chunk];
        GradientSum sum = state.Reducer?.Result ?? new GradientSum([], 0, 0, 0);
        state.Reduced = new ReducedChunk(Step, Leaves, chunk, sum, directive);
        state.Reducer = null;
        IsComplete = Array.TrueForAll(_chunks, c => c.Reduced is not null);
        return (state.Reduced, TakeWaiting(state));
    }

    /// <summary>Everyone who still waits.</summary>
    public IReadOnlyList<long> TakeAllWaiting() => [.. _chunks.SelectMany(TakeWaiting)];

    /// <summary>The first difference between the workers' states, as (worker, tensor); null if all are equal.</summary>
    public (int Worker, int Tensor)? FindDifference()
    {
        UInt128[] reference = _hashes[0]!;
        for (int worker = 1; worker < _hashes.Length; worker++)
            for (int tensor = 0; tensor < reference.Length; tensor++)
                if (_hashes[worker]![tensor] != reference[tensor]) return (worker, tensor);
        return null;
    }

    private static IReadOnlyList<long> TakeWaiting(ChunkState state)
    {
        long[] tickets = [.. state.Waiting.Select(w => w.Ticket)];
        state.Waiting.Clear();
        return tickets;
    }

    private sealed class ChunkState(int world, int leaves)
    {
        public TreeReducer? Reducer { get; set; } = leaves == 0 ? null : new TreeReducer(ReductionTree.Root(leaves), leaves);
        public bool[] Sent { get; } = new bool[world];
        public int Parts { get; set; }
        public List<(int Worker, long Ticket)> Waiting { get; } = [];
        public ReducedChunk? Reduced { get; set; }
    }
}
