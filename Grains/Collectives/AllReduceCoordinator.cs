using System.Globalization;
using LoraCluster.Training;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// The coordinator's logic: what comes in (contributions, changes of membership, the time) decides alone what goes out, without a clock,
/// threads or I/O of its own. A contribution is identified by (run, membership version, step, chunk, worker and its nodes): repeats,
/// late and reordered messages change nothing. Two rounds are kept, the one at hand and the one before it, since a trainer can be one
/// step behind.
/// </summary>
/// <param name="plan">What the trainers agreed on.</param>
public sealed class AllReduceCoordinator(CollectivePlan plan)
{
    private ReductionRound? _current;
    private ReductionRound? _previous;
    private TimeSpan _progressAt;
    private bool _stopSent;
    private int _lastStep = plan.Steps, _evaluatedStep;

    /// <summary>Why nothing is reduced any more; null while it is.</summary>
    public string? StopReason { get; private set; }

    /// <summary>What goes out with the next step that has not been directed yet.</summary>
    public RunDirective Directive { get; private set; }

    /// <summary>The step at hand.</summary>
    public int Step => _current?.Step ?? plan.FirstStep;

    /// <summary>Starts the clock of the first step.</summary>
    public void Start(TimeSpan now) => _progressAt = now;

    /// <summary>Asks for a stop after the next step. False if no further step will be directed: the run is past its last one.</summary>
    public bool Direct(RunDirective directive)
    {
        if (StopReason is not null || _stopSent) return false;
        int next = _current is null ? plan.FirstStep : _current.IsDirected ? _current.Step + 1 : _current.Step;
        if (next >= _lastStep) return false;
        Directive = directive;
        return true;
    }

    /// <summary>The trainers stop after so many steps, fewer than planned: all of them decided so by the same evaluations.</summary>
    public void EndAfter(int step) => _lastStep = Math.Min(_lastStep, step);

    /// <summary>An evaluation after so many steps is over: the next step's clock starts.</summary>
    public void Evaluated(int step, TimeSpan now) => (_evaluatedStep, _progressAt) = (step, now);

    /// <summary>Takes a worker's part of a chunk; the ticket is answered now or later, by a reply or a refusal.</summary>
    public void Contribute(Contribution part, long ticket, TimeSpan now, ICollection<CoordinatorOutput> outputs)
    {
        if (FaultOf(part) is { } fault)
        {
            outputs.Add(new CoordinatorOutput.Refusal(ticket, fault));
            return;
        }
        ReductionRound? round = RoundOf(part);
        if (round is null || part.Chunk >= round.Chunks)
        {
            string expected = round is null ? $"expected is step {Step + 1}" : $"chunks of this round are {round.Chunks}";
            outputs.Add(new CoordinatorOutput.Refusal(ticket,
                Text($"{plan.NameOf(part.Worker)} sent chunk {part.Chunk} of step {part.Step + 1}; {expected}")));
            return;
        }
        if (part.Leaves != round.Leaves)
        {
            Refuse(ticket, outputs,
                Text($"step {part.Step + 1} has {round.Leaves} micro-batches by others and {part.Leaves} by {plan.NameOf(part.Worker)}"));
            return;
        }
        Take(round, part, ticket, now, outputs);
    }

    /// <summary>Someone was lost or came. For now a run's trainers are fixed, so a loss ends it, naming who was lost and where.</summary>
    public void ChangeMembership(MembershipChange change, ICollection<CoordinatorOutput> outputs)
    {
        if (StopReason is not null || change.Version <= plan.Membership || change.Lost.Count == 0) return;
        string lost = string.Join(", ", change.Lost.Where(w => w >= 0 && w < plan.World).Select(plan.NameOf));
        Stop(Text($"{lost} was lost in step {Step + 1}: {change.Reason}"), outputs);
    }

    /// <summary>Time passes: a step that waits for too long ends the run, naming who is missing.</summary>
    public void Tick(TimeSpan now, ICollection<CoordinatorOutput> outputs)
    {
        if (StopReason is not null || now - _progressAt <= plan.StepPatience) return;
        bool between = _current is null or { IsComplete: true };
        if (between && (_stopSent || _current?.Step >= _lastStep || IsEvaluating)) return;
        int step = between && _current is not null ? _current.Step + 1 : Step;
        IEnumerable<int> missing = between ? Enumerable.Range(0, plan.World) : _current!.Missing();
        string names = string.Join(", ", missing.Select(plan.NameOf));
        string expected = Text($"contributions of {plan.World} trainers expected within {plan.StepPatience}");
        Stop(Text($"all-reduce of step {step + 1}: {expected}; missing: {names}"), outputs);
    }

    /// <summary>Ends the collective; everyone who waits is told why.</summary>
    public void Stop(string reason, ICollection<CoordinatorOutput> outputs)
    {
        if (StopReason is not null) return;
        StopReason = reason;
        foreach (ReductionRound round in new[] { _previous, _current }.OfType<ReductionRound>())
            foreach (long ticket in round.TakeAllWaiting()) outputs.Add(new CoordinatorOutput.Refusal(ticket, reason));
        outputs.Add(new CoordinatorOutput.Stopped(reason));
        _previous = _current = null;
    }

    private void Take(ReductionRound round, Contribution part, long ticket, TimeSpan now, ICollection<CoordinatorOutput> outputs)
    {
        if (round.Reduced(part.Chunk) is { } done)
        {
            outputs.Add(new CoordinatorOutput.Reply([ticket], done));
            return;
        }
        if (!round.Wait(part.Worker, part.Chunk, ticket))
        {
            outputs.Add(new CoordinatorOutput.Refusal(ticket,
                Text($"{plan.NameOf(part.Worker)} repeated chunk {part.Chunk} of step {part.Step + 1} too often")));
            return;
        }
        if (round.Has(part.Worker, part.Chunk) || !round.Add(part)) return;
        if (part.Chunk == 0 && round.FindDifference() is { } difference)
        {
            Stop(DescribeDifference(round, difference), outputs);
            return;
        }
        RunDirective directive = part.Chunk == 0 && round.Leaves > 0 ? Directive : RunDirective.Continue;
        (ReducedChunk chunk, IReadOnlyList<long> tickets) = round.Finish(part.Chunk, directive);
        if (part.Chunk == 0 && chunk.Directive != RunDirective.Continue) _stopSent = true;
        _progressAt = now;
        outputs.Add(new CoordinatorOutput.Reply(tickets, chunk));
    }

    private ReductionRound? RoundOf(Contribution part)
    {
        if (_previous?.Step == part.Step) return _previous;
        if (_current?.Step == part.Step) return _current;
        int next = _current is null ? plan.FirstStep : _current.IsComplete ? _current.Step + 1 : -1;
        bool comparesOnly = part.Leaves == 0;
        bool due = comparesOnly == (_stopSent || next == _lastStep) && _current is not { Leaves: 0 };
        if (part.Step != next || !due) return null;
        _previous = _current;
        return _current = new ReductionRound(plan, next, part.Leaves);
    }

    // How long an evaluation takes follows from the data, not from the steps; a lost trainer is noticed by other signs.
    private bool IsEvaluating => plan.EvalSteps > 0 && _current is { IsComplete: true } && _evaluatedStep < _current.Step + 1
        && ((_current.Step + 1) % plan.EvalSteps == 0 || _current.Step + 1 == plan.Steps);

    private string? FaultOf(Contribution part)
    {
        if (StopReason is not null) return StopReason;
        if (part.Membership != plan.Membership)
            return Text($"a message of membership version {part.Membership}; the run is at version {plan.Membership}");
        if (part.Worker < 0 || part.Worker >= plan.World) return Text($"worker is {part.Worker}; allowed is 0 to {plan.World - 1}");
        string name = plan.NameOf(part.Worker);
        if (part.LayoutHash != plan.LayoutHash)
            return Text($"layout hash of {name} is {part.LayoutHash:x16}; expected is {plan.LayoutHash:x16}");
        if (part.Chunks != plan.Chunks) return Text($"chunks of {name} are {part.Chunks}; expected are {plan.Chunks}");
        if (part.Chunk < 0 || part.Chunk >= plan.Chunks) return Text($"chunk of {name} is {part.Chunk}; allowed is 0 to {plan.Chunks - 1}");
        int hashes = part.Chunk == 0 ? plan.TensorNames.Count : 0;
        if (part.StateHashes.Length != hashes)
            return Text($"{part.StateHashes.Length} state hashes of {name} with chunk {part.Chunk}; expected are {hashes}");
        IReadOnlyList<TreeNode> nodes = WorkShare.NodesOf(part.Worker, plan.World, part.Leaves);
        if (!part.Nodes.Select(n => n.Node).SequenceEqual(nodes))
            return Text($"nodes of {name} in step {part.Step + 1} are {Join(part.Nodes.Select(n => n.Node))}; expected are {Join(nodes)}");
        int length = plan.LengthOf(part.Chunk);
        GradientSum? odd = part.Nodes.Select(n => n.Sum).FirstOrDefault(s => s.Gradient.Length != length);
        return odd is null ? null : Text($"chunk {part.Chunk} of {name} has {odd.Gradient.Length} values; expected are {length}");
    }

    private string DescribeDifference(ReductionRound round, (int Worker, int Tensor) difference)
    {
        string when = round.Step == plan.FirstStep ? Text($"before step {round.Step + 1}") : Text($"after step {round.Step}");
        return $"the trainers' states differ {when}, first in tensor {plan.TensorNames[difference.Tensor]}, between {plan.NameOf(0)} and "
            + $"{plan.NameOf(difference.Worker)}; no further step was taken";
    }

    private static void Refuse(long ticket, ICollection<CoordinatorOutput> outputs, string reason) =>
        outputs.Add(new CoordinatorOutput.Refusal(ticket, reason));

    private static string Join(IEnumerable<TreeNode> nodes) =>
        "[" + string.Join(", ", nodes.Select(n => Text($"({n.Level}, {n.Index})"))) + "]";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
