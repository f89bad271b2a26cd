using System.Diagnostics;
using System.Globalization;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// One trainer's evaluations of the held-out split: its share of the batches, everyone's sums, and what follows from them: the best state,
/// an early stop. The sums are the same for all trainers, so all decide alike. Runs on the trainer's thread.
/// </summary>
internal sealed class TrainerEvaluations(
    ITrainingReplica replica, AllReduceChannel channel, CollectivePlan collective, TrainerPlan plan, ProgressReporter progress,
    CancellationToken stop)
{
    private readonly RunSpec _spec = plan.Spec;
    private BestEvaluation? _best;
    private (int Step, EvaluationPart Sums)? _last;

    /// <summary>The best so far, for a checkpoint; null: the run does not follow its evaluations, or there was none.</summary>
    public BestState? Best => _best?.State;

    /// <summary>True once the evaluations say that training should stop.</summary>
    public bool EndTraining => _best?.IsExhausted == true;

    /// <summary>True if the step at hand is followed by an evaluation.</summary>
    public bool IsDue => _spec.EvalSteps is { } every && (replica.Step % every == 0 || replica.Step == replica.Steps);

    /// <summary>Goes on from what a checkpoint had.</summary>
    public void Begin(BestState? best)
    {
        if (_spec.KeepBest || _spec.Patience is not null)
            _best = new BestEvaluation(byLoss: _spec.BestBy == "loss", _spec.Patience, best);
    }

    /// <summary>Evaluates this worker's share, waits for everyone's sums, and takes them into account.</summary>
    public EvaluationPart Evaluate()
    {
        long begin = Stopwatch.GetTimestamp();
        var parts = new List<EvaluationPart>();
        for (int batch = plan.Worker; batch < replica.EvaluationBatches; batch += collective.World)
        {
            stop.ThrowIfCancellationRequested();
            GradientSum sum = replica.EvaluateBatch(batch);
            parts.Add(new EvaluationPart(batch, sum.LossSum, sum.Rows, sum.Correct));
        }
        EvaluationPart total = channel.Evaluate(replica.Step, [.. parts], stop);
        _last = (replica.Step, total);
        if (!IsDue) return total;
        // Worker 0 writes the result, so it alone keeps the state.
        bool keeps = _spec.KeepBest && plan.Worker == 0;
        _best?.Take(replica.Step, total.LossSum, total.Rows, total.Correct, () => keeps ? replica.ExportState().Parameters : []);
        double rows = Math.Max(1, total.Rows), seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        if (plan.Worker == 0) progress.Add(new EvaluationMetrics(
            replica.Step, total.Rows == 0 ? double.NaN : total.LossSum / rows, total.Rows == 0 ? double.NaN : total.Correct / rows,
            total.Rows, seconds));
        return total;
    }

    /// <summary>The evaluation of the result: of the best state, which the replica then has, or of the last one.</summary>
    /// <returns>The sums, and the step of the best state; null: it is the last one.</returns>
    public (EvaluationPart Sums, int? BestStep) Finish()
    {
        EvaluationPart last = _last is { } known && known.Step == replica.Step ? known.Sums : default;
        bool isBest = !_spec.KeepBest || Best is not { } other || other.Step == replica.Step;
        if (isBest) return (last.Batch > 0 ? last : Evaluate(), null);
        BestState best = Best!;
        if (plan.Worker == 0) replica.ImportState(replica.ExportState() with { Step = best.Step, Parameters = best.Parameters });
        return (new EvaluationPart(replica.EvaluationBatches, best.LossSum, best.Rows, best.Correct), best.Step);
    }

    /// <summary>What is to be said at the end; empty if nothing.</summary>
    public string Remark(int step)
    {
        if (!EndTraining || step >= collective.Steps) return "";
        string since = Best is null ? "of any" : string.Create(CultureInfo.InvariantCulture, $"since step {Best.Step}");
        return string.Create(CultureInfo.InvariantCulture, $"stopped early at step {step} of {collective.Steps}: "
            + $"no better {_spec.BestBy} {since} in {_spec.Patience} evaluation{(_spec.Patience == 1 ? "" : "s")}");
    }
}
