using LoraCluster.Training;

namespace LoraCluster.Grains.Collectives;

/// <summary>What the coordinator's logic wants done by whoever hosts it.</summary>
public abstract record CoordinatorOutput
{
    /// <summary>Send a reduced chunk to everyone who waits under these tickets.</summary>
    public sealed record Reply(IReadOnlyList<long> Tickets, ReducedChunk Chunk) : CoordinatorOutput;

    /// <summary>Refuse one message; nothing has changed.</summary>
    public sealed record Refusal(long Ticket, string Reason) : CoordinatorOutput;

    /// <summary>The run's collective is over: nothing further is reduced.</summary>
    public sealed record Stopped(string Reason) : CoordinatorOutput;
}

/// <summary>One reduced chunk of a step.</summary>
/// <param name="Step">0-based step.</param>
/// <param name="Leaves">Micro-batches of the step; 0 in a round that only compares states.</param>
/// <param name="Chunk">0-based chunk.</param>
/// <param name="Sum">The root's values; counts ride with chunk 0.</param>
/// <param name="Directive">What to do after the step; rides with chunk 0.</param>
public sealed record ReducedChunk(int Step, int Leaves, int Chunk, GradientSum Sum, RunDirective Directive);

/// <summary>One worker's message for one chunk of a step: all its nodes, or none where it has no micro-batch.</summary>
/// <param name="Worker">Worker rank.</param>
/// <param name="Membership">Version of the membership under which it was sent.</param>
/// <param name="Step">0-based step.</param>
/// <param name="Leaves">Micro-batches of the step; 0 in a round that only compares states.</param>
/// <param name="LayoutHash">Hash of the parameter layout.</param>
/// <param name="Chunk">0-based chunk.</param>
/// <param name="Chunks">Chunks of the flat vector.</param>
/// <param name="Nodes">The worker's maximal nodes in order; the buffers are handed over.</param>
/// <param name="StateHashes">Hash of each tensor of the worker's state before the step; in chunk 0 only.</param>
public sealed record Contribution(
    int Worker, int Membership, int Step, int Leaves, ulong LayoutHash, int Chunk, int Chunks,
    IReadOnlyList<(TreeNode Node, GradientSum Sum)> Nodes, UInt128[] StateHashes)
{
    /// <summary>The message that a call's frames make up.</summary>
    /// <exception cref="FrameException">There is none, or they do not belong together.</exception>
    public static Contribution FromFrames(IReadOnlyList<Frame> frames)
    {
        if (frames.Count == 0) throw new FrameException("a contribution without a frame");
        Frame first = frames[0];
        foreach (Frame other in frames)
        {
            bool together = other.Worker == first.Worker && other.Membership == first.Membership && other.Step == first.Step
                && other.Leaves == first.Leaves && other.LayoutHash == first.LayoutHash && other.Chunk == first.Chunk
                && other.Chunks == first.Chunks && string.Equals(other.Run, first.Run, StringComparison.Ordinal)
                && (other.Node is not null || frames.Count == 1);
            if (!together)
                throw new FrameException("frames of one contribution differ in run, membership, step, worker, leaves, layout or chunk");
        }
        return new Contribution(first.Worker, first.Membership, first.Step, first.Leaves, first.LayoutHash, first.Chunk, first.Chunks,
            first.Node is null ? [] : [.. frames.Select(f => (f.Node!.Value, f.ToSum()))], first.StateHashes);
    }
}

/// <summary>A change of who takes part.</summary>
/// <param name="Version">The version of the membership that follows.</param>
/// <param name="Lost">Worker ranks, of the version before, that are gone.</param>
/// <param name="Joined">Trainers that came.</param>
/// <param name="Reason">How it was noticed, for people.</param>
public sealed record MembershipChange(int Version, IReadOnlyList<int> Lost, int Joined, string Reason);
