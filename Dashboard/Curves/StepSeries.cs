using System.Runtime.InteropServices;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Dashboard.Curves;

/// <summary>The figures of a run's steps, 24 bytes a step and bounded: of longer runs the latest are kept.</summary>
internal sealed class StepSeries
{
    /// <summary>Most steps kept; a run's grain keeps no more either.</summary>
    public const int MostSteps = 60_000;

    /// <summary>Most points of a curve that is shown: about as many as a screen has columns for it.</summary>
    public const int MostPoints = 800;

    /// <summary>Most points of a running mean, which is smooth.</summary>
    public const int CoursePoints = 200;

    private readonly List<int> steps = [];
    private readonly List<float> loss = [], accuracy = [], learningRate = [], gradNorm = [], stepTimeMs = [];

    private IEnumerable<List<float>> Columns => [loss, accuracy, learningRate, gradNorm, stepTimeMs];

    public int Count => steps.Count;

    public int LastStep => steps.Count == 0 ? 0 : steps[^1];

    /// <summary>Appends steps after the last one; those that are there already are left out.</summary>
    public void Append(IReadOnlyList<StepMetrics> more)
    {
        foreach (StepMetrics step in more)
        {
            if (step.Step <= LastStep) continue;
            steps.Add(step.Step);
            loss.Add((float)step.Loss);
            accuracy.Add((float)step.TrainingAccuracy);
            learningRate.Add((float)step.LearningRate);
            gradNorm.Add((float)step.GradNorm);
            stepTimeMs.Add((float)step.StepTimeMs);
        }
        if (steps.Count > MostSteps) DropOldest(steps.Count - MostSteps);
    }

    public void Clear() => DropOldest(steps.Count);

    /// <summary>The curves, thinned.</summary>
    public RunCurves Curves() => new(
        Thin(loss), Thin(accuracy), Thin(learningRate), Thin(gradNorm), Thin(stepTimeMs), Course(loss), Course(accuracy));

    private CurvePoints Thin(List<float> values) =>
        LargestTriangles.Thin(CollectionsMarshal.AsSpan(steps), CollectionsMarshal.AsSpan(values), MostPoints);

    private CurvePoints Course(List<float> values) =>
        LargestTriangles.Thin(CollectionsMarshal.AsSpan(steps), RunningMean.Of(CollectionsMarshal.AsSpan(values)), CoursePoints);

    private void DropOldest(int count)
    {
        steps.RemoveRange(0, count);
        foreach (List<float> column in Columns) column.RemoveRange(0, count);
    }
}

/// <summary>The curves of a run.</summary>
/// <param name="Loss">Mean loss per row or token.</param>
/// <param name="Accuracy">Share right while training.</param>
/// <param name="LearningRate">Learning rate.</param>
/// <param name="GradNorm">Norm before clipping.</param>
/// <param name="StepTimeMs">Wall time of the step.</param>
/// <param name="LossCourse">Running mean of the loss.</param>
/// <param name="AccuracyCourse">Running mean of the accuracy.</param>
public sealed record RunCurves(
    CurvePoints Loss, CurvePoints Accuracy, CurvePoints LearningRate, CurvePoints GradNorm, CurvePoints StepTimeMs,
    CurvePoints LossCourse, CurvePoints AccuracyCourse);
