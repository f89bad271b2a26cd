using LoraCluster.Training;

namespace LoraCluster.Grains.Trainers;

/// <summary>A replica that gives back what it shares with others when it is disposed.</summary>
/// <param name="inner">The replica.</param>
/// <param name="companions">Files that belong to its result besides.</param>
/// <param name="leases">What it shares.</param>
/// <param name="notices">Remarks besides its own.</param>
internal sealed class LeasedReplica(
    ITrainingReplica inner, IReadOnlyList<ResultFile> companions, IReadOnlyList<IDisposable> leases, IReadOnlyList<string> notices)
    : ITrainingReplica
{
    public ParameterLayout Layout => inner.Layout;

    public int Steps => inner.Steps;

    public int Step => inner.Step;

    public int MicroBatches => inner.MicroBatches;

    public int EvaluationBatches => inner.EvaluationBatches;

    public long TrainableParameters => inner.TrainableParameters;

    public long TotalParameters => inner.TotalParameters;

    public bool CountsTokens => inner.CountsTokens;

    public IReadOnlyList<string> Notices => [.. notices, .. inner.Notices];

    public GradientSum ComputeMicroBatch(int microBatch) => inner.ComputeMicroBatch(microBatch);

    public StepOutcome ApplyStep(GradientSum reduced) => inner.ApplyStep(reduced);

    public UInt128[] HashState() => inner.HashState();

    public TrainingState ExportState() => inner.ExportState();

    public void ImportState(TrainingState state) => inner.ImportState(state);

    public GradientSum EvaluateBatch(int batch) => inner.EvaluateBatch(batch);

    public IReadOnlyList<ResultFile> ExportResult() => [.. inner.ExportResult(), .. companions];

    public void Dispose()
    {
        inner.Dispose();
        foreach (IDisposable lease in leases) lease.Dispose();
    }
}
