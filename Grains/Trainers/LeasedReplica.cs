using LoraCluster.Training;

namespace LoraCluster.Grains.Trainers;

/// <summary>A replica that gives back what it shares with others when it is disposed.</summary>
internal sealed class LeasedReplica(ITrainingReplica inner, IReadOnlyList<IDisposable> leases) : ITrainingReplica
{
    public ParameterLayout Layout => inner.Layout;

    public int Steps => inner.Steps;

    public int Step => inner.Step;

    public int MicroBatches => inner.MicroBatches;

    public int EvaluationBatches => inner.EvaluationBatches;

    public long TrainableParameters => inner.TrainableParameters;

    public long TotalParameters => inner.TotalParameters;

    public bool CountsTokens => inner.CountsTokens;

    public IReadOnlyList<string> Notices => inner.Notices;

    public GradientSum ComputeMicroBatch(int microBatch) => inner.ComputeMicroBatch(microBatch);

    public StepOutcome ApplyStep(GradientSum reduced) => inner.ApplyStep(reduced);

    public UInt128[] HashState() => inner.HashState();

    public TrainingState ExportState() => inner.ExportState();

    public void ImportState(TrainingState state) => inner.ImportState(state);

    public GradientSum EvaluateBatch(int batch) => inner.EvaluateBatch(batch);

    public IReadOnlyList<ResultFile> ExportResult() => inner.ExportResult();

    public void Dispose()
    {
        inner.Dispose();
        foreach (IDisposable lease in leases) lease.Dispose();
    }
}
