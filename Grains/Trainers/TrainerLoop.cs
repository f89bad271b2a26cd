using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// The steps of one trainer: compute the own micro-batches, sum them to the maximal nodes, all-reduce, apply. Runs on the trainer's
/// thread; what it does beside computing (figures, checkpoints) it hands on and does not wait for.
/// </summary>
internal sealed class TrainerLoop(
    ITrainingReplica replica, AllReduceChannel channel, CollectivePlan collective, TrainerPlan plan, TrainerPorts ports,
    CancellationToken stop)
{
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private readonly Stopwatch _sinceCheckpoint = Stopwatch.StartNew();
    private readonly TrainerEvaluations _evaluations = new(replica, channel, collective, plan, ports.Progress, stop);
    private TrainingState? _exported;
    private UInt128[] _hashes = [];
    private long _rows;
    private double _waitMs;
    private int _steps;

    private bool IsFirst => plan.Worker == 0;

    /// <summary>What the evaluations made of the run.</summary>
    public TrainerEvaluations Evaluations => _evaluations;

    /// <summary>Takes steps until the last one, a directive to stop, or evaluations that stop it early.</summary>
    /// <param name="best">The best evaluation as the checkpoint had it; null: none.</param>
    /// <returns>The directive: Continue if the run is done.</returns>
    public RunDirective TakeSteps(BestState? best)
    {
        _hashes = replica.HashState();
        _evaluations.Begin(best);
        var directive = RunDirective.Continue;
        while (directive == RunDirective.Continue && replica.Step < replica.Steps && !_evaluations.EndTraining)
        {
            stop.ThrowIfCancellationRequested();
            using Activity? activity = ports.Telemetry.StartStep(plan, replica.Step);
            directive = TakeStep();
        }
        if (directive == RunDirective.Continue && replica.Step < replica.Steps) channel.EndAfter(replica.Step, stop);
        channel.AgreeOnState(replica.Step, _hashes, stop);
        return directive;
    }

    /// <summary>Writes the state at hand as the run's checkpoint, and waits until it is.</summary>
    public void WriteCheckpoint()
    {
        if (IsFirst) ports.Checkpoints.WriteNow(Export());
    }

    private RunDirective TakeStep()
    {
        long begin = Stopwatch.GetTimestamp();
        int step = replica.Step, leaves = replica.MicroBatches;
        List<(TreeNode Node, GradientSum Sum)> nodes = ComputeOwn(leaves);
        long sent = Stopwatch.GetTimestamp();
        ReducedStep reduced = channel.AllReduce(step, leaves, nodes, _hashes, stop);
        double waitMs = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        PostCheckpoint();

        GradientSum sum = reduced.Sum!;
        StepOutcome outcome = replica.ApplyStep(sum);
        CheckFinite(outcome, step);
        _hashes = replica.HashState();
        ports.SetStep(replica.Step);
        Report(outcome, sum, Stopwatch.GetElapsedTime(begin).TotalMilliseconds, waitMs, reduced.Bytes);
        EvaluateIfDue();
        ExportCheckpoint(reduced.Directive);
        return reduced.Directive;
    }

    // The clock of the steps stands still meanwhile: an evaluation makes no step slower.
    private void EvaluateIfDue()
    {
        if (!_evaluations.IsDue) return;
        _sinceStart.Stop();
        _evaluations.Evaluate();
        _sinceStart.Start();
    }

    private TrainingState Export() => replica.ExportState() with { Best = _evaluations.Best };

    private List<(TreeNode Node, GradientSum Sum)> ComputeOwn(int leaves)
    {
        var nodes = new List<(TreeNode Node, GradientSum Sum)>();
        foreach (TreeNode node in WorkShare.NodesOf(plan.Worker, collective.World, leaves))
        {
            var reducer = new TreeReducer(node, leaves);
            int end = Math.Min(node.FirstLeaf + (1 << node.Level), leaves);
            for (int leaf = node.FirstLeaf; leaf < end; leaf++) reducer.Add(new TreeNode(0, leaf), replica.ComputeMicroBatch(leaf));
            nodes.Add((node, reducer.Result!));
        }
        return nodes;
    }

    // A state is exported after its step and written once the next all-reduce has shown that every trainer has the same one.
    private void ExportCheckpoint(RunDirective directive)
    {
        double seconds = plan.Spec.CheckpointSeconds;
        bool due = seconds > 0 && _sinceCheckpoint.Elapsed.TotalSeconds >= seconds;
        if (!IsFirst || !due || directive != RunDirective.Continue || replica.Step >= replica.Steps || ports.Checkpoints.IsBusy) return;
        _exported = Export();
        _sinceCheckpoint.Restart();
    }

    private void PostCheckpoint()
    {
        if (_exported is not { } state) return;
        _exported = null;
        ports.Checkpoints.Post(state);
    }

    private void Report(StepOutcome outcome, GradientSum sum, double stepMs, double waitMs, long bytes)
    {
        _steps++;
        _rows += outcome.Rows;
        _waitMs += waitMs;
        ports.Telemetry.RecordStep(plan.RunId, stepMs, waitMs, bytes);
        if (!IsFirst) return;
        double seconds = _sinceStart.Elapsed.TotalSeconds;
        ports.Telemetry.RecordRun(plan.RunId, outcome.Loss, _rows / seconds);
        var metrics = new StepMetrics(replica.Step, outcome.Loss, (double)sum.Correct / Math.Max(1, sum.Rows), outcome.LearningRate,
            outcome.GradNorm, stepMs, outcome.Rows);
        ports.Progress.Add(metrics, new ProgressReport
        {
            Steps = [], Rows = _rows, Seconds = seconds, StepTimeMs = seconds * 1000 / _steps, AllReduceTimeMs = _waitMs / _steps,
            BytesPerStep = bytes * collective.World,
        });
    }

    private static void CheckFinite(StepOutcome outcome, int step)
    {
        if (double.IsFinite(outcome.Loss) && double.IsFinite(outcome.GradNorm)) return;
        throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"training diverged at step {step + 1}: the loss is {outcome.Loss}, the gradient's norm {outcome.GradNorm}; "
            + $"try a lower learning rate"));
    }
}
