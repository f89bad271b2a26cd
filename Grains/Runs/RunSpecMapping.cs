using System.Globalization;
using LoraCluster.Adapters;
using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Grains.Runs;

/// <summary>From a <see cref="RunSpec"/>, which is text and numbers, to the library's options, and everything that is wrong with
/// it.</summary>
public static class RunSpecMapping
{
    private const int MaxNameLength = 100;

    /// <summary>The options of a spec without faults.</summary>
    /// <exception cref="UserErrorException">The spec has faults; all are listed.</exception>
    public static TrainingOptions ToOptions(RunSpec spec)
    {
        var faults = new List<string>();
        TrainingOptions options = Map(spec, faults);
        return faults.Count == 0 ? options : throw new UserErrorException(string.Join('\n', faults));
    }

    /// <summary>Everything that is wrong with a spec by itself, each naming the value and what is allowed; empty if nothing is.</summary>
    public static IReadOnlyList<string> Faults(RunSpec spec)
    {
        var faults = new List<string>();
        TrainingOptions options = Map(spec, faults);
        faults.AddRange(options.Faults());
        Check(spec.Name.Length <= MaxNameLength, "name", Text($"of {spec.Name.Length} characters"),
            Text($"at most {MaxNameLength} characters"), faults);
        Check(!string.IsNullOrWhiteSpace(spec.ModelPath), "model", "empty", "the folder of a model, or its name at the hub", faults);
        Check(!string.IsNullOrWhiteSpace(spec.DatasetPath), "dataset", "empty",
            "the folder or file of a data set, or its name at the hub", faults);
        Check(spec.TextColumn is not "", "text-column", "empty", "the name of a column", faults);
        Check(spec.LabelColumn is not "", "label-column", "empty", "the name of a column", faults);
        Check(IsHash(spec.ModelHash), "model hash", $"'{spec.ModelHash}'", "64 lower-case hexadecimal digits, or nothing", faults);
        Check(IsHash(spec.DatasetHash), "dataset hash", $"'{spec.DatasetHash}'", "64 lower-case hexadecimal digits, or nothing", faults);
        Check(spec.MaxExamples is null or >= 1, "max-examples", Text($"{spec.MaxExamples}"), "1 or more", faults);
        Check(spec.ThreadsPerTrainer is >= 1 and <= 1024, "threads-per-trainer", Text($"{spec.ThreadsPerTrainer}"), "1 to 1024", faults);
        bool seconds = double.IsFinite(spec.CheckpointSeconds) && spec.CheckpointSeconds >= 0;
        Check(seconds, "checkpoint-seconds", Text($"{spec.CheckpointSeconds}"),
            "a finite number, 0 (only on pause and at the end) or more", faults);
        CheckTrainers(spec, faults);
        CheckEvaluations(spec, faults);
        return faults;
    }

    private static TrainingOptions Map(RunSpec spec, List<string> faults) => new()
    {
        Method = Parse(spec.Method, "method", faults, ("lora", TrainingMethod.Lora), ("full", TrainingMethod.Full),
            ("head", TrainingMethod.Head)),
        Lora = LoraOf(spec, faults),
        Pooling = Parse(spec.Pooling, "pooling", faults, ("cls", Pooling.First), ("mean", Pooling.Mean)),
        Epochs = spec.Epochs,
        MaxSteps = spec.MaxSteps,
        MaxLength = spec.MaxLength,
        Packing = Parse(spec.Packing, "packing", faults, ("padded", Packing.Padded), ("packed", Packing.Packed)),
        LoraPlusRatio = spec.LoraPlusRatio,
        Batching = Parse(spec.Batching, "batching", faults, ("grouped", Batching.Grouped), ("random", Batching.Random)),
        LearningRate = spec.LearningRate,
        Schedule = Parse(
            spec.Schedule, "schedule", faults, ("linear", ScheduleKind.Linear), ("cosine", ScheduleKind.Cosine),
            ("constant", ScheduleKind.Constant)),
        Warmup = spec.Warmup,
        WeightDecay = spec.WeightDecay,
        MaxGradNorm = spec.MaxGradNorm,
        GlobalBatchSize = spec.GlobalBatchSize,
        MicroBatchSize = spec.MicroBatchSize,
        Seed = spec.Seed,
        Precision = Parse(spec.Dtype, "dtype", faults, ("fp32", Precision.Float32), ("bf16", Precision.BFloat16)),
    };

    private static LoraConfig LoraOf(RunSpec spec, List<string> faults)
    {
        if (spec.AdapterConfigJson is { } json)
        {
            try { return AdapterFolder.ParseConfig(json, "adapter-config"); }
            catch (UserErrorException e)
            {
                faults.AddRange(e.Message.Split('\n'));
                return new LoraConfig();
            }
        }
        return new LoraConfig
        {
            Rank = spec.Rank,
            Alpha = spec.Alpha,
            Dropout = spec.Dropout,
            TargetModules = spec.TargetRegex is { } pattern ? TargetModules.Matching(pattern)
            : TargetModules.Named([.. spec.TargetModules]),
        };
    }

    private static void CheckTrainers(RunSpec spec, List<string> faults)
    {
        bool batches = spec.MicroBatchSize >= 1 && spec.GlobalBatchSize >= spec.MicroBatchSize
            && spec.GlobalBatchSize % spec.MicroBatchSize == 0;
        int most = batches ? spec.GlobalBatchSize / spec.MicroBatchSize : int.MaxValue;
        string allowed = batches ? Text($"1 to {most}, the micro-batches of a global batch") : "1 to the micro-batches of a global batch";
        Check(spec.Trainers >= 1 && spec.Trainers <= most, "trainers", Text($"{spec.Trainers}"), allowed, faults);
    }

    private static void CheckEvaluations(RunSpec spec, List<string> faults)
    {
        bool evaluates = spec.EvalSteps is not null;
        Check(spec.EvalSteps is null or >= 1, "eval-steps", Text($"{spec.EvalSteps}"), "1 or more", faults);
        Check(spec.Patience is null or >= 1, "patience", Text($"{spec.Patience}"), "1 or more", faults);
        Check(spec.BestBy is "loss" or "accuracy", "best-by", $"'{spec.BestBy}'", "loss or accuracy", faults);
        Check(evaluates || !spec.KeepBest, "keep-best", "set", "eval-steps beside it", faults);
        Check(evaluates || spec.Patience is null, "patience", Text($"{spec.Patience}"), "eval-steps beside it", faults);
    }

    private static T Parse<T>(string text, string name, List<string> faults, params (string Text, T Value)[] allowed)
    {
        foreach ((string word, T value) in allowed)
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) return value;
        Check(false, name, $"'{text}'", string.Join(", ", allowed.Select(a => a.Text)), faults);
        return allowed[0].Value;
    }

    private static void Check(bool good, string name, string value, string allowed, List<string> faults)
    {
        if (!good) faults.Add($"{name} is {value}; allowed is {allowed}");
    }

    private static bool IsHash(string text) => text.Length == 0
        || (text.Length == 64 && text.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
