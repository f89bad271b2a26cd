using LoraCluster.Adapters;
using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Reports.Words;

/// <summary>A spec in words.</summary>
internal static class SpecText
{
    public static string Method(RunSpec spec) => spec.Method != "lora" ? spec.Method
        : spec.AdapterConfigJson is { } json ? Adapter(AdapterFolder.ParseConfig(json, "adapter-config"))
        : $"lora, rank {spec.Rank}, alpha {Figures.Number(spec.Alpha)}, dropout {Figures.Number(spec.Dropout)}, target "
            + (spec.TargetRegex is { } regex ? $"/{regex}/" : string.Join(',', spec.TargetModules));

    private static string Adapter(LoraConfig config)
    {
        List<string> parts = [$"rank {config.Rank}", $"alpha {Figures.Number(config.Alpha)}", $"dropout {Figures.Number(config.Dropout)}",
            config.TargetModules.Pattern is { } regex ? $"target /{regex}/" : $"target {config.TargetModules}"];
        if (config.RankStabilized) parts.Add("rsLoRA");
        if (config.WeightDecomposed) parts.Add("DoRA");
        if (config.RankPattern.Entries.Count > 0) parts.Add("rank_pattern");
        if (config.AlphaPattern.Entries.Count > 0) parts.Add("alpha_pattern");
        if (config.Bias != BiasTraining.None) parts.Add(config.Bias == BiasTraining.All ? "bias all" : "bias lora_only");
        if (config.Initialization != AdapterInitialization.KaimingUniform)
            parts.Add($"init {config.Initialization.ToString().ToLowerInvariant()}");
        return "lora, " + string.Join(", ", parts);
    }

    public static string Length(RunSpec spec) => $"{spec.Epochs} epoch{(spec.Epochs == 1 ? "" : "s")}"
        + (spec.MaxSteps is { } steps ? $", at most {Figures.Count(steps)} steps" : "")
        + (spec.MaxExamples is { } rows ? $", the first {Figures.Count(rows)} rows" : "");

    public static string Evaluations(RunSpec spec) => spec.EvalSteps is not { } every ? ""
        : $"every {Figures.Count(every)} steps" + (spec.KeepBest ? $", the best by {spec.BestBy} is kept" : "")
            + (spec.Patience is { } patience ? $", stops after {Figures.Count(patience)} without a better {spec.BestBy}" : "");

    private static TrainingMethod MethodOf(RunSpec spec) =>
        spec.Method switch { "full" => TrainingMethod.Full, "head" => TrainingMethod.Head, _ => TrainingMethod.Lora };

    public static string Optimizer(RunSpec spec)
    {
        string rate = Figures.Number(spec.LearningRate ?? new TrainingOptions { Method = MethodOf(spec) }.EffectiveLearningRate);
        if (spec.LoraPlusRatio != 1) rate += $" (B {Figures.Number(spec.LoraPlusRatio)} times)";
        return $"AdamW, lr {rate}, {spec.Schedule}, warm-up {Figures.Number(spec.Warmup)}, "
            + $"weight decay {Figures.Number(spec.WeightDecay)}, max grad norm {Figures.Number(spec.MaxGradNorm)}, "
            + Figures.Invariant($"seed {spec.Seed}");
    }

    public static string StepTime(RunProgress progress) => progress.StepTimeMs <= 0 ? ""
        : Figures.Invariant($"{progress.StepTimeMs:0.0} ms, of which {progress.AllReduceTimeMs:0.0} ms wait for the reduction");

    public static string Batches(RunSpec spec) =>
        $"{spec.GlobalBatchSize} rows in micro-batches of {spec.MicroBatchSize}, {spec.Batching}, "
        + (spec.Packing == "packed" ? "packed, " : "") + $"at most {spec.MaxLength} tokens, {spec.Dtype}";

    public static string Trainers(RunStatus status) =>
        $"{status.Spec.Trainers} of {status.Spec.ThreadsPerTrainer} thread{(status.Spec.ThreadsPerTrainer == 1 ? "" : "s")}"
        + (status.Silos.Count > 0 ? $" on {string.Join(", ", status.Silos)}" : "");
}
