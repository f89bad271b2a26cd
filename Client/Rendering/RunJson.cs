using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.Rendering;

/// <summary>Runs and silos as JSON objects: the names here are what scripts rely on.</summary>
internal static class RunJson
{
    public static JsonLine Progress(RunStatus status) => JsonLine.Object()
        .Add("event", "progress").Add("run", status.RunId).Add("state", status.State.ToString()).Add("reason", status.Reason)
        .Add("step", status.Progress.Step).Add("steps", status.Progress.Steps).Add("loss", status.Progress.Loss)
        .Add("trainingAccuracy", status.Progress.TrainingAccuracy).Add("learningRate", status.Progress.LearningRate)
        .Add("gradNorm", status.Progress.GradNorm).Add("samplesPerSecond", status.Progress.SamplesPerSecond)
        .Add("secondsLeft", ProgressText.SecondsLeft(status.Progress))
        .Add("evaluationStep", status.Progress.Evaluation?.Step).Add("evaluationLoss", status.Progress.Evaluation?.Loss)
        .Add("evaluationAccuracy", status.Progress.Evaluation?.Accuracy);

    /// <summary>The last line of <c>train</c> and <c>watch</c>.</summary>
    public static JsonLine Result(RunStatus status)
    {
        JsonLine line = JsonLine.Object().Add("event", "result").Add("run", status.RunId).Add("state", status.State.ToString());
        if (status.Reason.Length > 0) line.Add("reason", status.Reason);
        return AddFigures(line, status);
    }

    /// <summary>Everything that is known of a run.</summary>
    public static JsonLine Whole(RunStatus status, IReadOnlyList<EvaluationMetrics> evaluations)
    {
        JsonLine line = JsonLine.Object().Add("run", status.RunId).Add("state", status.State.ToString()).Add("reason", status.Reason);
        return AddFigures(line, status)
            .Add("totalSteps", status.Progress.Steps).Add("loss", status.Progress.Loss)
            .Add("trainingAccuracy", status.Progress.TrainingAccuracy)
            .Add("stepTimeMs", status.Progress.StepTimeMs).Add("allReduceTimeMs", status.Progress.AllReduceTimeMs)
            .Add("evaluationLoss", status.Result?.EvaluationLoss).Add("artifact", status.Result?.ArtifactId)
            .Add("checkpointStep", status.CheckpointStep)
            .Add("submittedAt", Known(status.SubmittedAt)).Add("startedAt", status.StartedAt).Add("endedAt", status.EndedAt)
            .Add("silos", status.Silos).Add("notices", status.Notices)
            .Add("evaluations", evaluations, (line, e) => line.Add("step", e.Step).Add("loss", e.Loss).Add("accuracy", e.Accuracy)
                .Add("rows", e.Rows).Add("seconds", e.Seconds)).Add("spec", spec => Spec(spec, status.Spec));
    }

    public static JsonLine Summary(RunSummary run) => JsonLine.Object()
        .Add("run", run.RunId).Add("name", run.Name).Add("state", run.State.ToString()).Add("step", run.Step).Add("steps", run.Steps)
        .Add("accuracy", Accuracy(run)).Add("method", run.Method).Add("model", run.ModelPath).Add("submittedAt", Known(run.SubmittedAt))
        .Add("endedAt", run.EndedAt).Add("kind", run.Kind.ToString().ToLowerInvariant()).Add("keyFigure", run.KeyFigure);

    public static JsonLine Node(NodeStatus node) => JsonLine.Object()
        .Add("silo", node.Name).Add("device", node.Device).Add("threads", node.Threads).Add("slots", node.Slots)
        .Add("slotsUsed", node.SlotsUsed).Add("draining", node.IsDraining)
        .Add("runs", node.Runs).Add("address", node.Address).Add("host", node.Host).Add("processId", node.ProcessId)
        .Add("memoryBytes", node.MemoryBytes).Add("hardware", node.Hardware).Add("kernels", node.KernelRoute)
        .Add("equalBits", node.EqualBits)
        .Add("version", node.Version);

    /// <summary>A run's accuracy on the held-out split; null unless it is completed.</summary>
    public static double? Accuracy(RunSummary run) => run.State == RunState.Completed ? run.Accuracy : null;

    private static JsonLine AddFigures(JsonLine line, RunStatus status)
    {
        RunResult? result = status.Result;
        line.Add("accuracy", result?.Accuracy).Add("correct", result?.Correct).Add("rows", result?.Rows)
            .Add("perplexity", result?.Perplexity)
            .Add("steps", status.Progress.Step).Add("seconds", status.Progress.Seconds)
            .Add("samplesPerSecond", status.Progress.SamplesPerSecond)
            .Add("bytesPerStep", status.Progress.BytesPerStep)
            .Add("trainableParameters", result?.TrainableParameters).Add("totalParameters", result?.TotalParameters);
        string kind = status.Spec.Method == "lora" ? "adapter" : "model";
        if (result?.BestStep is { } best) line.Add("bestStep", best);
        return line.Add(kind + "Bytes", result?.WeightsBytes).Add(kind + "Sha256", result?.WeightsSha256);
    }

    private static JsonLine Spec(JsonLine line, RunSpec spec) => line
        .Add("name", spec.Name).Add("model", spec.ModelPath).Add("modelHash", spec.ModelHash).Add("dataset", spec.DatasetPath)
        .Add("datasetHash", spec.DatasetHash).Add("textColumn", spec.TextColumn).Add("labelColumn", spec.LabelColumn)
        .Add("method", spec.Method).Add("rank", spec.Rank).Add("alpha", spec.Alpha)
        .Add("dropout", spec.Dropout)
        .Add("target", spec.TargetModules).Add("targetRegex", spec.TargetRegex).Add("adapterConfig", spec.AdapterConfigJson)
        .Add("epochs", spec.Epochs).Add("maxSteps", spec.MaxSteps).Add("maxExamples", spec.MaxExamples).Add("maxLength", spec.MaxLength)
        .Add("packing", spec.Packing).Add("loraPlusRatio", spec.LoraPlusRatio)
        .Add("batching", spec.Batching).Add("pooling", spec.Pooling).Add("lr", spec.LearningRate).Add("schedule", spec.Schedule)
            .Add("warmup", spec.Warmup)
        .Add("weightDecay", spec.WeightDecay).Add("maxGradNorm", spec.MaxGradNorm).Add("globalBatch", spec.GlobalBatchSize)
        .Add("microBatch", spec.MicroBatchSize).Add("trainers", spec.Trainers).Add("threadsPerTrainer", spec.ThreadsPerTrainer)
        .Add("seed", spec.Seed).Add("dtype", spec.Dtype).Add("checkpointSeconds", spec.CheckpointSeconds)
        .Add("requireEqualBits", spec.RequireEqualBits)
        .Add("evalSteps", spec.EvalSteps).Add("keepBest", spec.KeepBest).Add("bestBy", spec.BestBy).Add("patience", spec.Patience);

    private static DateTimeOffset? Known(DateTimeOffset moment) => moment == default ? null : moment;
}
