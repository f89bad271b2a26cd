using System.Diagnostics;
using LoraCluster.Data;
using LoraCluster.Evaluation;
using LoraCluster.Grains.Work;
using LoraCluster.Models;

namespace LoraCluster.Grains.Jobs;

/// <summary>One worker's share of an evaluation, loaded: batches worker, worker + workers, ... of the same batches as everyone's.</summary>
internal sealed class EvaluationSession : IJobSession
{
    private readonly JobTask _task;
    private readonly EvaluationSpec _spec;
    private readonly OpenedModel _opened;
    private readonly EvaluationSplit _split;
    private readonly PredictionStore _store;
    private readonly ModelEvaluation _evaluation;
    private readonly string _datasetHash;

    public EvaluationSession(JobTask task, EvaluationSpec spec, OpenedModel opened, EvaluationSplit split, PredictionStore store)
    {
        (_task, _spec, _opened, _split, _store) = (task, spec, opened, split, store);
        Packing packing = spec.Packing == "padded" ? Packing.Padded : Packing.Packed;
        int length = opened.LengthOf(spec.MaxLength);
        var rows = EncodedDataset.Of(split.Rows, opened.Tokenizer, opened.Task, length, packing);
        _evaluation = new ModelEvaluation(opened.Model, rows, opened.Tokenizer, spec.BatchSize);
        _datasetHash = ContentHash.Of(split.Files);
        List<string> notices = [.. split.Notices, .. opened.Model.Notices];
        if (length < spec.MaxLength && Enumerable.Range(0, rows.Count).Any(i => rows.Length(i) == length))
            notices.Add(FormattableString.Invariant($"rows are cut at the model's {length} positions"));
        Prepared = new PreparedJob
        {
            Identity =
            [
                new JobFact("model", opened.ModelHash), new JobFact("adapter", opened.AdapterSha256), new JobFact("data set", _datasetHash),
            ],
            Total = Share.Count(), Notices = notices,
        };
    }

    public PreparedJob Prepared { get; }

    private IEnumerable<int> Share =>
        Enumerable.Range(0, _evaluation.Batches).Where(batch => batch % _task.Workers == _task.Worker);

    public JobPart Compute(Action<JobProgress> report, CancellationToken stopping)
    {
        var watch = Stopwatch.StartNew();
        var sums = new List<BatchSum>();
        var kept = new List<Prediction>();
        foreach (int batch in Share)
        {
            stopping.ThrowIfCancellationRequested();
            sums.Add(BatchSum.Of(_evaluation.Evaluate(batch, _spec.KeepPredictions ? row => kept.Add(Keep(row)) : null)));
            report(new JobProgress(sums.Count, ""));
        }
        bool classifier = !_evaluation.CountsTokens;
        return new EvaluationShare
        {
            Batches = sums, Confusion = _evaluation.Confusion, Labels = classifier ? _opened.Model.Config.Labels : [],
            CountsTokens = !classifier, BatchesInAll = _evaluation.Batches, Seconds = watch.Elapsed.TotalSeconds,
            ModelHash = _opened.ModelHash, AdapterSha256 = _opened.AdapterSha256, DatasetHash = _datasetHash,
            PredictionChunks = kept.Count == 0 ? 0 : Write(kept, stopping),
        };
    }

    public void Dispose() => _opened.Dispose();

    private Prediction Keep(RowPrediction row) => new(
        row.Row, PredictionStore.Shorten(_split.Rows.Examples[row.Row].Text), row.Label, row.Predicted, row.Probabilities, row.Loss);

    private int Write(List<Prediction> kept, CancellationToken stopping) =>
        Task.Run(() => _store.WriteAsync(_task.JobId, _task.Worker, kept.OrderBy(p => p.Row), stopping), stopping)
            .GetAwaiter().GetResult();
}
