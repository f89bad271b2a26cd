using System.Diagnostics;
using System.Text.Json;
using LoraCluster.Data;
using LoraCluster.Devices;
using LoraCluster.Hub;
using LoraCluster.Kernels;
using LoraCluster.Models;
using LoraCluster.Tokenizers;
using LoraCluster.Training;
using Spectre.Console.Cli;
using static TorchSharp.torch;

namespace LoraCluster.Solo;

/// <summary>The bare loop: what the cluster's trainers do, without the cluster.</summary>
internal sealed class TrainCommand : Command<TrainSettings>
{
    public override int Execute(CommandContext context, TrainSettings settings, CancellationToken cancellationToken)
    {
        TrainingOptions options = settings.ToOptions();
        settings.ApplyTechniques();
        if (options.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        if (settings.Threads is { } threads) TorchThreads.Set(threads);

        string modelFolder = FolderOf(settings.Model, HubKind.Model, cancellationToken),
            datasetFolder = FolderOf(settings.Dataset, HubKind.Dataset, cancellationToken);
        ITextTokenizer tokenizer = TokenizerFolder.Load(settings.Vocabulary ?? modelFolder);
        DatasetSplits splits = DatasetSplits.Load(datasetFolder, settings.MaxExamples, settings.Columns);
        var device = new Device(ComputeDevice.Resolve(settings.Device));
        using BaseModel model = settings.RandomWeights
            ? BaseModel.Random(Path.Combine(modelFolder, "config.json"), options.Seed, options.Precision, device)
            : BaseModel.Load(modelFolder, options.Precision, device);
        EncodedDataset Encode(TextDataset rows) =>
            EncodedDataset.Of(rows, tokenizer, model.Family.Task, options.MaxLength, options.Packing);
        using var replica = new TrainingReplica(model, options, Encode(splits.Train), Encode(splits.Evaluation), settings.Model);
        foreach (string notice in splits.Notices.Concat(replica.Notices)) Console.Error.WriteLine(notice);

        LoopFigures figures = Loop(replica, settings.Untimed, cancellationToken);
        GradientSum? evaluation = settings.NoEvaluation ? null : replica.Evaluate();
        if (settings.Output is { } output)
            Write([.. replica.ExportResult(), .. ResultFiles.CompanionsOf(options.Method, modelFolder)], output);
        Print(settings, options, replica, figures, evaluation);
        return 0;
    }

    private static string FolderOf(string pathOrName, HubKind kind, CancellationToken cancellationToken) =>
        HubSnapshot.FolderOfAsync(pathOrName, kind, HubOptions.FromEnvironment, new Notices(), cancellationToken).GetAwaiter().GetResult();

    /// <summary>Names each file that is pulled.</summary>
    private sealed class Notices : IProgress<HubProgress>
    {
        private string _file = "";

        public void Report(HubProgress value)
        {
            if (value.Notice is { } notice) Console.Error.WriteLine(notice);
            if (value.File != _file) Console.Error.WriteLine($"{value.Repository}: {value.File}");
            _file = value.File;
        }
    }

    private static LoopFigures Loop(TrainingReplica replica, int untimed, CancellationToken cancellationToken)
    {
        var figures = new LoopFigures();
        while (replica.Step < replica.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool timed = replica.Step >= untimed;
            long start = Stopwatch.GetTimestamp();
            (int rows, long tokens) = replica.SizeOfStep();
            StepOutcome outcome = replica.TakeStep();
            if (timed) (figures.Rows, figures.Tokens, figures.Seconds) =
                (figures.Rows + rows, figures.Tokens + tokens, figures.Seconds + Stopwatch.GetElapsedTime(start).TotalSeconds);
            figures.Losses.Add(outcome.Loss);
            if (replica.Step % 50 == 0) Console.Error.WriteLine(
                FormattableString.Invariant($"step {replica.Step} of {replica.Steps}, loss {outcome.Loss:f4}"));
        }
        return figures;
    }

    private static void Write(IReadOnlyList<ResultFile> files, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (ResultFile file in files) File.WriteAllBytes(Path.Combine(folder, file.Name), file.Content);
    }

    private static void Print(
        TrainSettings settings, TrainingOptions options, TrainingReplica replica, LoopFigures figures, GradientSum? evaluation)
    {
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            method = options.Method.ToString().ToLowerInvariant(),
            dtype = options.Precision == Precision.BFloat16 ? "bf16" : "fp32",
            device = settings.Device,
            threads = get_num_threads(),
            steps = replica.Step,
            samplesPerSecond = figures.Seconds > 0 ? Math.Round(figures.Rows / figures.Seconds, 2) : 0,
            tokensPerSecond = figures.Seconds > 0 ? Math.Round(figures.Tokens / figures.Seconds, 1) : 0,
            trainableParameters = replica.TrainableParameters,
            totalParameters = replica.TotalParameters,
            peakMemoryBytes = self.PeakWorkingSet64,
            correct = evaluation?.Correct,
            rows = evaluation?.Rows,
            accuracy = evaluation is null ? (double?)null : Math.Round((double)evaluation.Correct / evaluation.Rows, 4),
            perplexity = evaluation is not null && replica.CountsTokens
                ? Math.Round(Math.Exp(evaluation.LossSum / evaluation.Rows), 4) : (double?)null,
            losses = figures.Losses.Select(l => Math.Round(l, 6)),
        }));
    }

    private sealed class LoopFigures
    {
        public List<double> Losses { get; } = [];

        public double Seconds { get; set; }

        public long Rows { get; set; }

        public long Tokens { get; set; }
    }
}
