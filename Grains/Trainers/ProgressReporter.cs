using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Trainers;

/// <summary>
/// Passes worker 0's figures on to the run grain, several steps at a time and beside the training. Reports that do not get through stay
/// for the next one, the oldest dropped beyond a bound.
/// </summary>
internal sealed partial class ProgressReporter(IRunLinkGrain run, TrainerPlan plan, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);
    private const int MaxWaiting = 20_000;
    private readonly Lock _lock = new();
    private readonly Queue<StepMetrics> _waiting = new();
    private readonly Queue<EvaluationMetrics> _evaluations = new();
    private ProgressReport? _latest;
    private Task _sending = Task.CompletedTask;

    /// <summary>Takes a step's figures. Never blocks.</summary>
    public void Add(StepMetrics step, ProgressReport figures)
    {
        lock (_lock)
        {
            _waiting.Enqueue(step);
            if (_waiting.Count > MaxWaiting) _waiting.Dequeue();
            _latest = figures;
            if (_sending.IsCompleted) _sending = Task.Run(SendSoonAsync);
        }
    }

    /// <summary>Takes an evaluation, after the step that it follows. Never blocks.</summary>
    public void Add(EvaluationMetrics evaluation)
    {
        lock (_lock)
        {
            _evaluations.Enqueue(evaluation);
            if (_sending.IsCompleted) _sending = Task.Run(SendSoonAsync);
        }
    }

    /// <summary>Sends what is left.</summary>
    public void Flush(CancellationToken stop)
    {
        Task sending;
        lock (_lock) sending = _sending;
        sending.WaitAsync(stop).GetAwaiter().GetResult();
        Task.Run(SendAsync, stop).WaitAsync(stop).GetAwaiter().GetResult();
    }

    private async Task SendSoonAsync()
    {
        await Task.Delay(Period, time);
        await SendAsync();
    }

    private async Task SendAsync()
    {
        StepMetrics[] steps;
        EvaluationMetrics[] evaluations;
        ProgressReport? latest;
        lock (_lock)
        {
            steps = [.. _waiting];
            evaluations = [.. _evaluations];
            latest = _latest;
        }
        if (steps.Length + evaluations.Length == 0 || latest is null) return;
        try
        {
            await run.ReportProgressAsync(plan.Membership, latest with { Steps = steps, Evaluations = evaluations });
            lock (_lock)
            {
                while (steps.Length > 0 && _waiting.TryPeek(out StepMetrics? sent) && sent.Step <= steps[^1].Step) _waiting.Dequeue();
                for (int k = 0; k < evaluations.Length; k++) _evaluations.Dequeue();
            }
        }
        catch (Exception e) { LogNotReported(logger, plan.RunId, e); }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Figures of {RunId} did not get through; they are sent again with the next ones")]
    private static partial void LogNotReported(ILogger logger, string runId, Exception exception);
}
