using System.Globalization;
using LoraCluster.Training;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Collectives;

/// <summary>What came back from an all-reduce.</summary>
/// <param name="Sum">The root over all micro-batches, valid until the next all-reduce; null in a round that only compares states.</param>
/// <param name="Directive">What to do after the step.</param>
/// <param name="Bytes">Bytes sent and received.</param>
public readonly record struct ReducedStep(GradientSum? Sum, RunDirective Directive, long Bytes);

/// <summary>
/// A trainer's end of the all-reduce: cuts its nodes into chunks, keeps a few calls under way, and puts the reduced chunks together. Its
/// methods block: they are called on the trainer's own thread.
/// </summary>
public sealed class AllReduceChannel(ICoordinatorGrain coordinator, CollectivePlan plan, int worker)
{
    private const int MaxCallsUnderWay = 16;
    private readonly float[] _reduced = new float[plan.Values];

    /// <summary>Sends this worker's nodes of a step and waits for the sum over all workers.</summary>
    /// <exception cref="CollectiveException">The coordinator refused, or ended the collective.</exception>
    /// <exception cref="OperationCanceledException">The trainer was told to stop.</exception>
    public ReducedStep AllReduce(
        int step, int leaves, IReadOnlyList<(TreeNode Node, GradientSum Sum)> nodes, UInt128[] stateHashes, CancellationToken stop)
    {
        int chunks = leaves == 0 ? 1 : plan.Chunks;
        var underWay = new Queue<(int Chunk, Task<Immutable<byte[]>> Call)>();
        long bytes = 0;
        Frame? first = null;
        for (int chunk = 0; chunk < chunks || underWay.Count > 0; chunk++)
        {
            if (chunk < chunks)
            {
                byte[][] frames = [.. FramesOf(step, leaves, chunk, nodes, stateHashes).Select(FrameCodec.Write)];
                foreach (byte[] frame in frames) bytes += frame.Length;
                underWay.Enqueue((chunk, coordinator.ContributeAsync(frames)));
                if (underWay.Count < MaxCallsUnderWay && chunk < chunks - 1) continue;
            }
            (int awaited, Task<Immutable<byte[]>> call) = underWay.Dequeue();
            byte[] reply = Await(call, stop).Value;
            bytes += reply.Length;
            Frame reduced = Check(FrameCodec.Read(reply), step, leaves, awaited);
            reduced.Values.CopyTo(_reduced.AsMemory(Math.Min(awaited * plan.ChunkValues, _reduced.Length)));
            if (awaited == 0) first = reduced;
        }
        GradientSum? sum = leaves == 0 ? null : new GradientSum(_reduced, first!.LossSum, first.Rows, first.Correct);
        return new ReducedStep(sum, first!.Directive, bytes);
    }

    /// <summary>Waits until every worker's state after its last step is known to be the same.</summary>
    public void AgreeOnState(int step, UInt128[] stateHashes, CancellationToken stop) => AllReduce(step, 0, [], stateHashes, stop);

    /// <summary>Sends this worker's share of the evaluation after so many steps and waits for everyone's.</summary>
    public EvaluationPart Evaluate(int step, EvaluationPart[] parts, CancellationToken stop) =>
        Await(coordinator.EvaluateAsync(plan.Membership, worker, step, parts), stop);

    /// <summary>Says that no step is taken after so many.</summary>
    public void EndAfter(int step, CancellationToken stop) => coordinator.EndAfterAsync(plan.Membership, step).WaitAsync(stop).GetAwaiter()
        .GetResult();

    private static T Await<T>(Task<T> call, CancellationToken stop) => call.WaitAsync(stop).GetAwaiter().GetResult();

    private IEnumerable<Frame> FramesOf(
        int step, int leaves, int chunk, IReadOnlyList<(TreeNode Node, GradientSum Sum)> nodes, UInt128[] stateHashes)
    {
        UInt128[] hashes = chunk == 0 ? stateHashes : [];
        if (nodes.Count == 0) yield return FrameOf(step, leaves, chunk, null, default, null, hashes);
        foreach ((TreeNode node, GradientSum sum) in nodes)
        {
            ReadOnlyMemory<float> part = sum.Gradient.AsMemory(chunk * plan.ChunkValues, plan.LengthOf(chunk));
            yield return FrameOf(step, leaves, chunk, node, part, chunk == 0 ? sum : null, hashes);
        }
    }

    private Frame FrameOf(int step, int leaves, int chunk, TreeNode? node, ReadOnlyMemory<float> values, GradientSum? counts,
        UInt128[] hashes) => new()
    {
        Run = plan.RunId, Membership = plan.Membership, Step = step, Node = node, LayoutHash = plan.LayoutHash, Chunk = chunk,
        Chunks = plan.Chunks, Values = values, Worker = worker, Leaves = leaves, StateHashes = hashes,
        LossSum = counts?.LossSum ?? 0, Rows = counts?.Rows ?? 0, Correct = counts?.Correct ?? 0,
    };

    private Frame Check(Frame frame, int step, int leaves, int chunk)
    {
        bool ours = frame.Step == step && frame.Chunk == chunk && frame.Leaves == leaves && frame.Membership == plan.Membership
            && frame.Worker == Frame.FromCoordinator && frame.LayoutHash == plan.LayoutHash
            && frame.Values.Length == (leaves == 0 ? 0 : plan.LengthOf(chunk));
        if (ours) return frame;
        throw new CollectiveException(string.Create(CultureInfo.InvariantCulture,
            $"all-reduce: chunk {chunk} of step {step + 1} expected, chunk {frame.Chunk} of step {frame.Step + 1} came"));
    }
}
