using System.Runtime.InteropServices;
using LoraCluster.Training;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// One chunk of one node of the reduction tree on the wire, in both directions: a trainer's contribution, and the reduced sum that comes
/// back. The bytes are described in <see cref="FrameCodec"/>.
/// </summary>
public sealed record Frame
{
    /// <summary>Worker rank of a sum that the coordinator sends.</summary>
    public const int FromCoordinator = -1;

    /// <summary>Run id.</summary>
    public required string Run { get; init; }
    /// <summary>Version of the run's membership under which it was sent.</summary>
    public required int Membership { get; init; }
    /// <summary>0-based optimizer step.</summary>
    public required int Step { get; init; }
    /// <summary>Node of the tree; null where a worker has no micro-batch in this step and only wants the sum.</summary>
    public required TreeNode? Node { get; init; }
    /// <summary>Hash of the parameter layout.</summary>
    public required ulong LayoutHash { get; init; }
    /// <summary>0-based chunk of the flat vector.</summary>
    public required int Chunk { get; init; }
    /// <summary>Chunks of the flat vector.</summary>
    public required int Chunks { get; init; }
    /// <summary>The chunk's values, possibly a part of a larger vector; empty without a node.</summary>
    public ReadOnlyMemory<float> Values { get; init; }
    /// <summary>Worker rank of the sender, or <see cref="FromCoordinator"/>.</summary>
    public required int Worker { get; init; }
    /// <summary>Micro-batches of the step; 0 in a round that only compares states.</summary>
    public required int Leaves { get; init; }
    /// <summary>Sum of the rows' losses; in chunk 0 only.</summary>
    public double LossSum { get; init; }
    /// <summary>Rows; in chunk 0 only.</summary>
    public long Rows { get; init; }
    /// <summary>Rows classified right; in chunk 0 only.</summary>
    public long Correct { get; init; }
    /// <summary>Hash of each tensor of the sender's state before this step; in chunk 0 only.</summary>
    public UInt128[] StateHashes { get; init; } = [];
    /// <summary>What to do after the step; in chunk 0 of a sum only.</summary>
    public RunDirective Directive { get; init; }
    /// <summary>True if the next step is to be traced, by every trainer alike; in chunk 0 of a sum only.</summary>
    public bool TracesNext { get; init; }

    /// <summary>The values with what was counted. The array of a frame that was read is handed over, not copied.</summary>
    public GradientSum ToSum()
    {
        bool whole = MemoryMarshal.TryGetArray(Values, out ArraySegment<float> part) && part.Offset == 0
            && part.Count == part.Array!.Length;
        return new GradientSum(whole ? part.Array! : Values.ToArray(), LossSum, Rows, Correct);
    }
}

/// <summary>A frame that cannot be read; the message names the field, what was expected and what came.</summary>
public sealed class FrameException(string message, Exception? inner = null) : Exception(message, inner);
