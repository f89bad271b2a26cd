namespace LoraCluster.Training;

/// <summary>
/// One trainer's whole state: model, trainable vector, optimizer moments, place in the data. All replicas of a run hold the same state
/// and apply the same updates; which micro-batches one computes is all that differs. Not thread-safe: one thread owns it.
/// </summary>
public interface ITrainingReplica : IDisposable
{
    /// <summary>Order of the trainable parameters in every flat vector.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Optimizer steps of the whole run.</summary>
    int Steps { get; }

    /// <summary>Optimizer steps done; the next one has this 0-based number.</summary>
    int Step { get; }

    /// <summary>Micro-batches of the step at hand that hold rows: fewer than usual in an epoch's last, incomplete batch.</summary>
    int MicroBatches { get; }

    /// <summary>Forward and backward of one micro-batch of the step at hand. Changes no state.</summary>
    /// <param name="microBatch">0 to <see cref="MicroBatches"/> - 1.</param>
    /// <returns>Sums, not means; the gradient is a fresh array of <see cref="ParameterLayout.Length"/> values, owned by the
    /// caller.</returns>
    GradientSum ComputeMicroBatch(int microBatch);

    /// <summary>Divides the reduced sum by its rows, clips, takes one optimizer step and goes on to the next.</summary>
    /// <param name="reduced">The root of the reduction tree over all <see cref="MicroBatches"/>.</param>
    StepOutcome ApplyStep(GradientSum reduced);

    /// <summary>XxHash128 of each trainable tensor, in the layout's order.</summary>
    UInt128[] HashState();

    /// <summary>The state as it stands: step, parameters, moments.</summary>
    TrainingState ExportState();

    /// <summary>Goes on from a state of the same layout.</summary>
    /// <exception cref="UserErrorException">The state is of another layout.</exception>
    void ImportState(TrainingState state);

    /// <summary>Batches into which the held-out split is cut for evaluation, whoever evaluates them.</summary>
    int EvaluationBatches { get; }

    /// <summary>Loss sum and counts of one evaluation batch, without dropout; the gradient is empty.</summary>
    /// <param name="batch">0 to <see cref="EvaluationBatches"/> - 1.</param>
    GradientSum EvaluateBatch(int batch);

    /// <summary>The files that a finished run hands back: an adapter folder, or a model folder for full and head.</summary>
    IReadOnlyList<ResultFile> ExportResult();

    /// <summary>Parameters that are trained.</summary>
    long TrainableParameters { get; }

    /// <summary>Parameters in all, adapters included.</summary>
    long TotalParameters { get; }

    /// <summary>True for a language model: what the sums count are tokens with a target, and the loss has a perplexity.</summary>
    bool CountsTokens { get; }

    /// <summary>Remarks of the loader for people: skipped tensors, a seeded head, target entries that matched nothing.</summary>
    IReadOnlyList<string> Notices { get; }
}

/// <summary>What one optimizer step did.</summary>
/// <param name="Loss">Mean loss per row, or per token with a target; 0 where there is none.</param>
/// <param name="GradNorm">Global L2 norm of the mean gradient before clipping.</param>
/// <param name="LearningRate">Learning rate used.</param>
/// <param name="Rows">Rows of the step's global batch.</param>
public readonly record struct StepOutcome(double Loss, double GradNorm, double LearningRate, int Rows);

/// <summary>A training state: what a checkpoint holds.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="LayoutHash">Hash of the layout of the vectors.</param>
/// <param name="Parameters">Trainable parameters, flat fp32.</param>
/// <param name="FirstMoment">AdamW's first moment, flat fp32.</param>
/// <param name="SecondMoment">AdamW's second moment, flat fp32.</param>
public sealed record TrainingState(int Step, ulong LayoutHash, float[] Parameters, float[] FirstMoment, float[] SecondMoment)
{
    /// <summary>The best evaluation so far, where a run follows its evaluations; null: none.</summary>
    public BestState? Best { get; init; }
}

/// <summary>A file of a run's result.</summary>
/// <param name="Name">File name, without a folder.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsWeights">True for the one file whose SHA-256 identifies the result.</param>
public sealed record ResultFile(string Name, byte[] Content, bool IsWeights);
