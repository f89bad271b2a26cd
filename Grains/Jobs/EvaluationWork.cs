using System.Globalization;
using LoraCluster.Data;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Trainers;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;
using LoraCluster.Models;

namespace LoraCluster.Grains.Jobs;

/// <summary>Evaluations as jobs: each worker evaluates its share of fixed batches.</summary>
internal sealed class EvaluationWork(ModelOpener opener, HubFolders hub, PredictionStore predictions) : IJobWork
{
    private const int MostEvaluators = 1024, MostRows = 65_536;

    public bool Takes(JobSpec spec) => spec is EvaluationSpec;

    public IReadOnlyList<string> Faults(JobSpec spec)
    {
        var wanted = (EvaluationSpec)spec;
        List<string> faults = [.. ModelOpener.Faults(ModelSource.Of(wanted))];
        void Check(bool good, string name, object? value, string allowed)
        {
            if (!good) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value ?? "nothing"}; allowed is {allowed}"));
        }
        Check(!string.IsNullOrWhiteSpace(wanted.DatasetPath), "dataset", "empty",
            "the folder or file of a data set, or its name at the hub");
        Check(wanted.TextColumn is not "", "text-column", "empty", "the name of a column");
        Check(wanted.LabelColumn is not "", "label-column", "empty", "the name of a column");
        Check(wanted.Split is not "", "split", "empty", "the name of a split");
        Check(wanted.MaxLength is >= 3 and <= 1_048_576, "max-length", wanted.MaxLength, "3 or more");
        Check(wanted.BatchSize is >= 1 and <= MostRows, "batch-size", wanted.BatchSize, "1 to 65536");
        Check(wanted.MaxExamples is null or >= 1, "max-examples", wanted.MaxExamples, "1 or more");
        Check(wanted.Evaluators is >= 1 and <= MostEvaluators, "evaluators", wanted.Evaluators, "1 to 1024");
        Check(wanted.Packing is "packed" or "padded", "packing", $"'{wanted.Packing}'", "packed or padded");
        return faults;
    }

    public SlotRequest Needs(string jobId, JobSpec spec) =>
        new(jobId, ((EvaluationSpec)spec).Evaluators, spec.Threads, RequireEqualBits: false, spec.Silos);

    public IJobSession Open(JobTask task, CancellationToken stopping)
    {
        var spec = (EvaluationSpec)task.Spec;
        OpenedModel opened = opener.Open(ModelSource.Of(spec), stopping);
        try
        {
            string path = hub.FolderOf(spec.DatasetPath, HubKind.Dataset, stopping);
            EvaluationSplit split = EvaluationSplit.Load(path, spec.Split, spec.MaxExamples,
                new TextColumns(spec.TextColumn, spec.LabelColumn));
            if (spec.KeepPredictions && opened.Task == ModelTask.CausalLm)
                throw new UserErrorException($"predictions are kept of classifiers; {opened.Model.Base.Family.Architecture} is none");
            return new EvaluationSession(task, spec, opened, split, predictions);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public JobResult Combine(JobSpec spec, IReadOnlyList<JobPart> parts) => EvaluationResults.Of([.. parts.Cast<EvaluationShare>()]);

    public Task DeleteAsync(string jobId, JobSpec spec) => spec is EvaluationSpec { KeepPredictions: true } kept
        ? predictions.DeleteAsync(jobId, kept.Evaluators) : Task.CompletedTask;
}
