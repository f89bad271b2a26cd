using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoraCluster.Grains.Trainers;

namespace LoraCluster.Grains;

/// <summary>The cluster's metrics and traces; names in <see cref="TelemetryNames"/>. One a silo, thread-safe.</summary>
public sealed class Telemetry : IDisposable
{
    private static readonly ActivitySource Source = new(TelemetryNames.ActivitySource);
    private const string TraceParentField = "traceparent";
    private static readonly TimeSpan TracePeriod = TimeSpan.FromSeconds(1);
    private readonly Meter _meter;
    private readonly Gauge<double> _loss, _accuracy, _samplesPerSecond;
    private readonly Histogram<double> _stepDuration, _allReduceDuration;
    private readonly Counter<long> _exchangedBytes;
    private readonly UpDownCounter<long> _trainers;

    /// <summary>Creates the instruments.</summary>
    public Telemetry(IMeterFactory meters)
    {
        _meter = meters.Create(TelemetryNames.Meter);
        _loss = _meter.CreateGauge<double>(TelemetryNames.Loss, "1", "Mean loss per row of the last step");
        _accuracy = _meter.CreateGauge<double>(TelemetryNames.Accuracy, "1", "Accuracy on the held-out split");
        _samplesPerSecond = _meter.CreateGauge<double>(TelemetryNames.SamplesPerSecond, "{row}/s", "Rows per second of a run");
        _stepDuration = _meter.CreateHistogram<double>(TelemetryNames.StepDuration, "s", "Wall time of an optimizer step");
        _allReduceDuration = _meter.CreateHistogram<double>(TelemetryNames.AllReduceDuration, "s",
            "A trainer's wait for the reduced gradient");
        _exchangedBytes = _meter.CreateCounter<long>(TelemetryNames.ExchangedBytes, "By", "Bytes exchanged by trainers and coordinator");
        _trainers = _meter.CreateUpDownCounter<long>(TelemetryNames.Trainers, "{trainer}", "Trainers at work on this silo");
    }

    /// <summary>A trainer started (+1) or ended (-1).</summary>
    public void CountTrainer(string runId, int change) => _trainers.Add(change, Tag(runId));

    /// <summary>A trainer's step.</summary>
    public void RecordStep(string runId, double stepMs, double waitMs, long bytes)
    {
        KeyValuePair<string, object?> tag = Tag(runId);
        _stepDuration.Record(stepMs / 1000, tag);
        _allReduceDuration.Record(waitMs / 1000, tag);
        _exchangedBytes.Add(bytes, tag);
    }

    /// <summary>A run's figures after a step.</summary>
    public void RecordRun(string runId, double loss, double samplesPerSecond)
    {
        KeyValuePair<string, object?> tag = Tag(runId);
        _loss.Record(loss, tag);
        _samplesPerSecond.Record(samplesPerSecond, tag);
    }

    /// <summary>A run's result.</summary>
    public void RecordAccuracy(string runId, double accuracy) => _accuracy.Record(accuracy, Tag(runId));

    /// <summary>The run's place in its submitter's trace, or null where nobody traces.</summary>
    public static string? CurrentContext() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>A span of the run, such as its preparation.</summary>
    public static Activity? StartPhase(string name, string runId, string? parent)
    {
        Activity? activity = Source.StartActivity(name, ActivityKind.Internal, ContextOf(parent));
        return activity?.SetTag(TelemetryNames.RunTag, runId);
    }

    /// <summary>
    /// The span of a step: at most one a second and trainer, the first step among them. A step without one gets an unsampled parent, so
    /// that its calls leave no spans either.
    /// </summary>
    public Activity? StartStep(TrainerPlan plan, int step)
    {
        if (!Source.HasListeners()) return null;
        if (StepSampler.Take(plan, TracePeriod))
        {
            Activity.Current = null;
            return StartPhase("step", plan.RunId, plan.TraceParent)?.SetTag("loracluster.step", step + 1)
                .SetTag("loracluster.worker", plan.Worker);
        }
        return Unsampled();
    }

    /// <summary>
    /// A parent that is not sampled: calls under it leave no spans. Orleans passes a parent on only where the caller's side made a span, so
    /// the callee would begin a trace of its own, or go on with an older one; therefore it is told here.
    /// </summary>
    public static Activity Unsampled()
    {
        var activity = new Activity("unsampled") { ActivityTraceFlags = ActivityTraceFlags.None };
        activity.SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        activity.Start();
        RequestContext.Set(TraceParentField, activity.Id!);
        return activity;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string runId) => new(TelemetryNames.RunTag, runId);

    private static ActivityContext ContextOf(string? parent) =>
        ActivityContext.TryParse(parent, null, out ActivityContext context) ? context : default;

    private static class StepSampler
    {
        [ThreadStatic] private static long t_lastAt;

        // The trainer has a thread of its own, so what it last traced is a matter of that thread.
        public static bool Take(TrainerPlan plan, TimeSpan period)
        {
            if (plan.TraceParent is null || (t_lastAt != 0 && Stopwatch.GetElapsedTime(t_lastAt) < period)) return false;
            t_lastAt = Stopwatch.GetTimestamp();
            return true;
        }
    }
}
