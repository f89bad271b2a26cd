using System.Diagnostics;
using LoraCluster.Grains.Placement;
using LoraCluster.Training;
using Microsoft.Extensions.Logging;
using Orleans.GrainDirectory;
using Orleans.Concurrency;
using Orleans.Placement;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// Hosts a run's <see cref="AllReduceCoordinator"/>: turns calls into contributions, and its outputs into answers. It lives on a silo
/// of the run and keeps no state: if that silo goes, the run goes on from a checkpoint under a new membership.
/// </summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable, Reentrant]
public sealed partial class CoordinatorGrain(TimeProvider time, ILogger<CoordinatorGrain> logger) : Grain, ICoordinatorGrain
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);
    private readonly Dictionary<long, TaskCompletionSource<Immutable<byte[]>>> _waiting = [];
    private readonly List<CoordinatorOutput> _outputs = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CollectivePlan? _plan;
    private AllReduceCoordinator? _coordinator;
    private readonly Dictionary<int, Evaluation> _evaluations = [];
    private long _startedAt;
    private long _lastTicket;

    /// <inheritdoc/>
    public Task StartAsync(CollectivePlan plan)
    {
        if (_plan is not null) return Task.CompletedTask;
        _plan = plan;
        _coordinator = new AllReduceCoordinator(plan);
        _startedAt = time.GetTimestamp();
        _coordinator.Start(Now);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { KeepAlive = true, Interleave = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Immutable<byte[]>> ContributeAsync(byte[][] frames)
    {
        AllReduceCoordinator coordinator = Coordinator();
        Contribution part = Read(frames);
        long ticket = ++_lastTicket;
        var answer = new TaskCompletionSource<Immutable<byte[]>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(ticket, answer);
        coordinator.Contribute(part, ticket, Now, _outputs);
        Deliver();
        return answer.Task;
    }

    /// <inheritdoc/>
    public async Task<EvaluationPart> EvaluateAsync(int membership, int worker, int step, EvaluationPart[] parts)
    {
        RefuseOthers(membership);
        // Whoever is here has had the answer of the evaluation before.
        foreach (int earlier in _evaluations.Keys.Where(s => s < step).ToArray()) _evaluations.Remove(earlier);
        if (!_evaluations.TryGetValue(step, out Evaluation? evaluation))
            _evaluations.Add(step, evaluation = new Evaluation(new EvaluationGather(_plan!.World)));
        evaluation.Gather.Add(worker, parts);
        if (evaluation.Gather.Total is { } total && evaluation.Answer.TrySetResult(total)) Coordinator().Evaluated(step, Now);
        return await evaluation.Answer.Task;
    }

    /// <inheritdoc/>
    public Task EndAfterAsync(int membership, int step)
    {
        RefuseOthers(membership);
        Coordinator().EndAfter(step);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> DirectAsync(RunDirective directive) => Task.FromResult(Coordinator().Direct(directive));

    /// <inheritdoc/>
    public Task StopAsync(string reason)
    {
        _coordinator?.Stop(reason, _outputs);
        Deliver();
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    private AllReduceCoordinator Coordinator() =>
        _coordinator
            ?? throw new CollectiveException($"coordinator '{this.GetPrimaryKeyString()}' was not started, or its silo was restarted");

    private void RefuseOthers(int membership)
    {
        if (Coordinator().StopReason is { } reason) throw new CollectiveException(reason);
        if (membership != _plan!.Membership)
            throw new CollectiveException($"evaluation of membership version {membership}; expected is {_plan.Membership}");
    }

    private Contribution Read(byte[][] bytes)
    {
        try
        {
            Frame[] frames = [.. bytes.Select(b => FrameCodec.Read(b))];
            Contribution part = Contribution.FromFrames(frames);
            if (!string.Equals(frames[0].Run, _plan!.RunId, StringComparison.Ordinal))
                throw new FrameException($"run is '{frames[0].Run}'; expected is '{_plan.RunId}'");
            return part;
        }
        catch (FrameException e) { throw new CollectiveException(e.Message); }
    }

    private Task TickAsync(CancellationToken cancellationToken)
    {
        Coordinator().Tick(Now, _outputs);
        Deliver();
        return Task.CompletedTask;
    }

    private void Deliver()
    {
        foreach (CoordinatorOutput output in _outputs)
        {
            switch (output)
            {
                case CoordinatorOutput.Reply reply:
                    var bytes = new Immutable<byte[]>(FrameCodec.Write(FrameOf(reply.Chunk)));
                    foreach (long ticket in reply.Tickets)
                        if (_waiting.Remove(ticket, out TaskCompletionSource<Immutable<byte[]>>? answer)) answer.SetResult(bytes);
                    break;
                case CoordinatorOutput.Refusal refusal:
                    if (_waiting.Remove(refusal.Ticket, out TaskCompletionSource<Immutable<byte[]>>? refused))
                        refused.SetException(new CollectiveException(refusal.Reason));
                    break;
                case CoordinatorOutput.Stopped stopped:
                    LogStopped(logger, _plan!.RunId, stopped.Reason);
                    foreach (Evaluation evaluation in _evaluations.Values) evaluation.Stop(stopped.Reason);
                    break;
            }
        }
        _outputs.Clear();
    }

    private Frame FrameOf(ReducedChunk chunk) => new()
    {
        Run = _plan!.RunId, Membership = _plan.Membership, Step = chunk.Step, LayoutHash = _plan.LayoutHash,
        Node = chunk.Leaves == 0 ? null : ReductionTree.Root(chunk.Leaves), Leaves = chunk.Leaves, Worker = Frame.FromCoordinator,
        Chunk = chunk.Chunk, Chunks = _plan.Chunks, Values = chunk.Sum.Gradient,
        LossSum = chunk.Sum.LossSum, Rows = chunk.Sum.Rows, Correct = chunk.Sum.Correct, Directive = chunk.Directive,
    };

    /// <summary>An evaluation, and those who wait for its sum.</summary>
    private sealed record Evaluation(EvaluationGather Gather)
    {
        public TaskCompletionSource<EvaluationPart> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Stop(string reason)
        {
            if (Answer.TrySetException(new CollectiveException(reason))) _ = Answer.Task.Exception;
        }
    }
}
