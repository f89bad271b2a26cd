namespace LoraCluster.Training;

/// <summary>The best evaluation of a run so far, with the state that it was of: a part of a checkpoint.</summary>
/// <param name="Step">Optimizer steps done then.</param>
/// <param name="LossSum">Sum of the losses on the held-out split.</param>
/// <param name="Rows">Rows (of a language model, tokens with a target).</param>
/// <param name="Correct">How many were guessed right.</param>
/// <param name="Worse">Evaluations since then, none of them better.</param>
/// <param name="Parameters">Trainable parameters, flat fp32; empty where the state is not kept.</param>
public sealed record BestState(int Step, double LossSum, long Rows, long Correct, int Worse, float[] Parameters);

/// <summary>
/// Follows the evaluations of a run: which was the best, and whether so many came without a better one that training should stop. What it
/// decides follows from the sums alone, so every trainer decides the same.
/// </summary>
/// <param name="byLoss">True: the smallest loss is the best; false: the most right.</param>
/// <param name="patience">Stop after so many evaluations without a better one, 1 or more; null: never.</param>
/// <param name="state">As a checkpoint had it; null: none yet.</param>
public sealed class BestEvaluation(bool byLoss, int? patience, BestState? state = null)
{
    private int _worseWithoutBest;

    /// <summary>The best so far; null: no evaluation had a finite loss.</summary>
    public BestState? State { get; private set; } = state;

    /// <summary>True once training should stop.</summary>
    public bool IsExhausted => patience is { } most && (State?.Worse ?? _worseWithoutBest) >= most;

    /// <summary>Takes an evaluation. True if it is better than all before; an equal one is not.</summary>
    /// <param name="step">Optimizer steps done.</param>
    /// <param name="lossSum">Sum of the losses.</param>
    /// <param name="rows">Rows or tokens.</param>
    /// <param name="correct">How many were guessed right.</param>
    /// <param name="parameters">The state's parameters, asked for where it is better.</param>
    public bool Take(int step, double lossSum, long rows, long correct, Func<float[]> parameters)
    {
        if (double.IsFinite(lossSum) && (State is null || IsBetter(lossSum, correct, State)))
        {
            State = new BestState(step, lossSum, rows, correct, 0, parameters());
            return true;
        }
        if (State is null) _worseWithoutBest++;
        else State = State with { Worse = State.Worse + 1 };
        return false;
    }

    private bool IsBetter(double lossSum, long correct, BestState best) => byLoss ? lossSum < best.LossSum : correct > best.Correct;
}
