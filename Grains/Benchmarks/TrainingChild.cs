using System.Diagnostics;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using TorchSharp;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>Training in a process of its own: the bare loop of a replica, timed step by step.</summary>
internal static class TrainingChild
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);

    public static TrainingFigures Run(ChildTraining request, Action<ChildAnswer> tell)
    {
        TrainingOptions options = OptionsOf(request);
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join('\n', faults));
        ITextTokenizer tokenizer = TokenizerFolder.Load(request.ModelFolder);
        DatasetSplits splits = DatasetSplits.Load(request.DatasetPath, request.MaxExamples, new TextColumns(null, null));
        using BaseModel model = BaseModel.Load(request.ModelFolder, options.Precision, new torch.Device(request.Device));
        EncodedDataset Encode(TextDataset rows) =>
            EncodedDataset.Of(rows, tokenizer, model.Family.Task, options.MaxLength, options.Packing);
        using var replica = new TrainingReplica(model, options, Encode(splits.Train), Encode(splits.Evaluation), "base");
        (List<double> times, List<int> rows) = Train(replica, tell);
        // Before the result is written, which no step needs.
        long peak = ProcessMemory.PeakBytes(), length = replica.Layout.Length;
        GradientSum evaluation = request.Evaluates ? replica.Evaluate() : new GradientSum([], 0, 0, 0);
        return new TrainingFigures
        {
            TrainableParameters = replica.TrainableParameters, TotalParameters = replica.TotalParameters, StepTimesMs = times, Rows = rows,
            PeakMemoryBytes = peak, OptimizerBytes = 2 * sizeof(float) * length, GradientBytes = sizeof(float) * length,
            ResultBytes = replica.ExportResult().Sum(file => (long)file.Content.Length), Correct = evaluation.Correct,
            Evaluated = evaluation.Rows, EvaluationLoss = evaluation.LossSum / evaluation.Rows,
        };
    }

    public static TrainingOptions OptionsOf(ChildTraining request) => new()
    {
        Method = Enum.Parse<TrainingMethod>(request.Method, ignoreCase: true), Seed = request.Seed, MaxSteps = request.Steps,
        Epochs = 10_000, MaxLength = request.MaxLength, GlobalBatchSize = request.GlobalBatchSize, MicroBatchSize = request.MicroBatchSize,
        Batching = request.Batching,
        Precision = request.Dtype == "bf16" ? Precision.BFloat16 : Precision.Float32,
        Lora = new LoraConfig
        {
            Rank = request.Rank, Alpha = request.Alpha, Dropout = request.Dropout,
            TargetModules = TargetModules.Named([.. request.Targets]),
        },
    };

    private static (List<double> Times, List<int> Rows) Train(TrainingReplica replica, Action<ChildAnswer> tell)
    {
        var (times, rows) = (new List<double>(), new List<int>());
        long told = Stopwatch.GetTimestamp();
        while (replica.Step < replica.Steps)
        {
            rows.Add(replica.SizeOfStep().Rows);
            long start = Stopwatch.GetTimestamp();
            replica.TakeStep();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (Stopwatch.GetElapsedTime(told) < ProgressEvery) continue;
            told = Stopwatch.GetTimestamp();
            tell(new ChildProgress(replica.Step, replica.Steps));
        }
        return (times, rows);
    }
}
