using System.Diagnostics;

namespace LoraCluster.Grains;

public sealed partial class Telemetry
{
    private static readonly ActivitySource Source = new(TelemetryNames.ActivitySource);
    private const string TraceParentField = "traceparent";

    /// <summary>Least time between two traced steps of a run.</summary>
    public static TimeSpan TracePeriod { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The place in the caller's trace, or null where nobody traces.</summary>
    public static string? CurrentContext() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>A span of the run, such as its preparation.</summary>
    public static Activity? StartPhase(string name, string runId, string? parent)
    {
        Activity? activity = Source.StartActivity(name, ActivityKind.Internal, ContextOf(parent));
        return activity?.SetTag(TelemetryNames.RunTag, runId);
    }

    /// <summary>A span of the run that outlasts the call in which it starts; what that call goes on to do is not below it.</summary>
    public static Activity? StartDetached(string name, string runId, string? parent)
    {
        Activity? current = Activity.Current;
        Activity? activity = StartPhase(name, runId, parent);
        Activity.Current = current;
        return activity;
    }

    /// <summary>The span of a step; where it is not to be traced, a parent that is not sampled, so that its calls leave none
    /// either.</summary>
    public static Activity? StartStep(Trainers.TrainerPlan plan, int step, bool traced)
    {
        if (!Source.HasListeners()) return null;
        if (!traced || plan.TraceParent is null) return Unsampled();
        Activity.Current = null;
        return StartPhase(TelemetryNames.StepSpan, plan.RunId, plan.TraceParent)?.SetTag(TelemetryNames.StepTag, step + 1)
            .SetTag(TelemetryNames.WorkerTag, plan.Worker);
    }

    /// <summary>A part of what is traced here and now; null where nothing is.</summary>
    public static Activity? StartPart(string name) => Activity.Current is { Recorded: true } ? Source.StartActivity(name) : null;

    /// <summary>Ends a span elsewhere than it began, without leading what goes on here into its surroundings.</summary>
    public static void Stop(Activity? activity)
    {
        Activity? current = Activity.Current;
        activity?.Dispose();
        Activity.Current = current;
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

    private static ActivityContext ContextOf(string? parent) =>
        ActivityContext.TryParse(parent, null, out ActivityContext context) ? context : default;
}
