using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoraCluster.Grains;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Tests.Cluster;

public sealed class TelemetryTests
{
    private const string Calls = "Microsoft.Orleans.Application";

    [Fact]
    public async Task A_run_reports_its_metrics_and_one_trace_leads_from_the_client_to_the_coordinator()
    {
        var spans = new ConcurrentBag<Activity>();
        using var traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name is TelemetryNames.ActivitySource or Calls or nameof(TelemetryTests),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(traces);
        var measured = new ConcurrentDictionary<string, string?>(StringComparer.Ordinal);
        string id = RunIds.Create();
        using MeterListener meters = ListenTo(id, measured);

        await using FakeCluster cluster = await FakeCluster.StartAsync(2);
        IRunGrain run = cluster.Grains.GetGrain<IRunGrain>(id);
        using var source = new ActivitySource(nameof(TelemetryTests));
        ActivityTraceId trace;
        using (Activity client = source.StartActivity("train")!)
        {
            trace = client.TraceId;
            await run.SubmitAsync(FakeCluster.Spec());
        }
        await FakeCluster.UntilAsync(run, RunState.Completed);

        Activity[] steps = [.. spans.Where(s => s.OperationName == "step" && s.TraceId == trace)];
        Assert.Contains(steps, s => Equals(s.GetTagItem("loracluster.step"), 1) && Equals(s.GetTagItem(TelemetryNames.RunTag), id));
        Activity[] contributions = [.. spans.Where(s => s.OperationName == TelemetryNames.ContributionSpan)];
        Assert.Contains(spans, s => s.Source.Name == Calls && s.OperationName.Contains("Contribute", StringComparison.Ordinal)
            && contributions.Any(c => c.SpanId == s.ParentSpanId));
        foreach (string part in new[] { TelemetryNames.ContributionSpan, TelemetryNames.UpdateSpan })
            Assert.Contains(spans, s => s.OperationName == part && steps.Any(step => step.SpanId == s.ParentSpanId));
        Activity whole = Assert.Single(spans, s => s.OperationName == TelemetryNames.RunSpan && s.TraceId == trace);
        Assert.Equal(nameof(RunState.Completed), whole.GetTagItem(TelemetryNames.StateTag));
        Assert.All(steps, s => Assert.Equal(whole.SpanId, s.ParentSpanId));
        Assert.Equal([0, 1], steps.Where(s => Equals(s.GetTagItem(TelemetryNames.StepTag), 1))
            .Select(s => (int)s.GetTagItem(TelemetryNames.WorkerTag)!).Order());
        Assert.Contains(spans, s => s.OperationName == TelemetryNames.ReduceSpan && s.TraceId == trace);
        int calls = spans.Count(s => s.TraceId == trace && s.OperationName.Contains("Contribute", StringComparison.Ordinal));
        Assert.InRange(calls, 1, 20 * steps.Length);
        meters.RecordObservableInstruments();
        string[] expected =
        [
            TelemetryNames.Loss, TelemetryNames.Accuracy, TelemetryNames.EvaluationLoss, TelemetryNames.SamplesPerSecond,
            TelemetryNames.Step, TelemetryNames.Steps, TelemetryNames.StepDuration, TelemetryNames.AllReduceDuration,
            TelemetryNames.ExchangedBytes, TelemetryNames.Trainers,
        ];
        foreach (string name in expected) Assert.Contains(name, measured.Keys);
        Assert.Equal("s", measured[TelemetryNames.StepDuration]);
    }

    private static MeterListener ListenTo(string runId, ConcurrentDictionary<string, string?> measured)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Meter) self.EnableMeasurementEvents(instrument);
        };
        void Take(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach ((string key, object? value) in tags)
                if (key == TelemetryNames.RunTag && Equals(value, runId)) measured[instrument.Name] = instrument.Unit;
        }
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Take(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Take(instrument, tags));
        listener.Start();
        return listener;
    }
}
