using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Rendering;

/// <summary>A step's figures as a JSON object.</summary>
internal static class StepJson
{
    public static JsonLine Of(string runId, StepMetrics step) => JsonLine.Object()
        .Add("event", "step").Add("run", runId).Add("step", step.Step).Add("loss", step.Loss)
        .Add("trainingAccuracy", step.TrainingAccuracy).Add("learningRate", step.LearningRate).Add("gradNorm", step.GradNorm)
        .Add("stepTimeMs", step.StepTimeMs).Add("rows", step.Rows);
}
