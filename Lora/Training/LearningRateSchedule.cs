namespace LoraCluster.Training;

/// <summary>
/// The learning rate at each step, as transformers' get_linear_, get_cosine_ and get_constant_schedule_with_warmup: linear from 0 over the
/// warm-up steps, then the schedule's shape down to 0 at the last step's end.
/// </summary>
/// <param name="kind">Shape after warm-up.</param>
/// <param name="peak">Learning rate at the end of the warm-up.</param>
/// <param name="warmupSteps">Steps of warm-up, 0 or more; the first has rate 0.</param>
/// <param name="steps">Steps in all.</param>
public sealed class LearningRateSchedule(ScheduleKind kind, double peak, int warmupSteps, int steps)
{
    /// <summary>The schedule of a run: the warm-up share is rounded down to whole steps.</summary>
    public static LearningRateSchedule Of(TrainingOptions options, int steps) =>
        new(options.Schedule, options.EffectiveLearningRate, (int)(options.Warmup * steps), steps);

    /// <summary>The rate used at a 0-based step.</summary>
    public double At(int step)
    {
        if (step < warmupSteps) return peak * step / Math.Max(1, warmupSteps);
        double left = Math.Max(1, steps - warmupSteps);
        return kind switch
        {
            ScheduleKind.Linear => peak * Math.Max(0, (steps - step) / left),
            ScheduleKind.Cosine => peak * Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (step - warmupSteps) / left))),
            _ => peak,
        };
    }
}
