using System.Diagnostics.Metrics;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Metrics;
using LoraCluster.Grains.Nodes;
using Microsoft.Extensions.Options;

namespace LoraCluster.Grains;

/// <summary>
/// The cluster's metrics, and in Telemetry.Traces.cs its traces; names in <see cref="TelemetryNames"/>. One a silo, thread-safe.
/// </summary>
public sealed partial class Telemetry : IDisposable
{
    /// <summary>How long an ended run's gauges are still reported: longer than the usual period of a collector, a minute.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(90);

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _silo;
    private readonly LiveFigures<double> _loss, _accuracy, _evaluationLoss, _samplesPerSecond;
    private readonly LiveFigures<long> _step, _steps, _trainers;
    private readonly Histogram<double> _stepDuration, _allReduceDuration;
    private readonly Counter<long> _exchangedBytes;

    /// <summary>Creates the instruments.</summary>
    public Telemetry(IMeterFactory meters, ILocalSiloDetails silo, IOptions<NodeOptions> node, TimeProvider time)
    {
        _meter = meters.Create(TelemetryNames.Meter);
        _silo = new KeyValuePair<string, object?>(TelemetryNames.SiloTag, silo.Name);
        _loss = Gauge<double>(TelemetryNames.Loss, "1", "Mean loss per row (token) of the last step", time);
        _accuracy = Gauge<double>(TelemetryNames.Accuracy, "1", "Share of the rows (tokens) that were right", time);
        _evaluationLoss = Gauge<double>(TelemetryNames.EvaluationLoss, "1", "Mean loss per row (token) of held-out rows", time);
        _samplesPerSecond = Gauge<double>(TelemetryNames.SamplesPerSecond, "{row}/s", "Rows per second of a run since its start", time);
        _step = Gauge<long>(TelemetryNames.Step, "{step}", "Optimizer steps done", time);
        _steps = Gauge<long>(TelemetryNames.Steps, "{step}", "Optimizer steps in all", time);
        _stepDuration = Durations(TelemetryNames.StepDuration, "Wall time of an optimizer step, of each trainer");
        _allReduceDuration = Durations(TelemetryNames.AllReduceDuration, "A trainer's wait for the reduced gradient");
        _exchangedBytes = _meter.CreateCounter<long>(TelemetryNames.ExchangedBytes, "By", "Bytes exchanged by trainers and coordinator");
        _trainers = new LiveFigures<long>(time, Linger);
        _meter.CreateObservableUpDownCounter(TelemetryNames.Trainers, _trainers.Observe, "{trainer}", "Trainers at work on this silo");
        _meter.CreateObservableUpDownCounter(TelemetryNames.QueueLength, ObserveQueue, "{run}",
            "Runs, evaluations and benchmarks that wait for slots");
        _meter.CreateObservableUpDownCounter(TelemetryNames.SlotUsage, ObserveSlots, "{slot}", "Trainer slots of a silo in use");
        _meter.CreateObservableUpDownCounter(TelemetryNames.SlotLimit, () => new Measurement<long>(node.Value.Slots, _silo),
            "{slot}", "Trainer slots of a silo");
        ObserveMemory(node.Value.Device);
    }

    /// <summary>What the scheduler last did; asked for at each collection, on the scheduler's silo only. Null elsewhere.</summary>
    public Func<SchedulerFigures>? Scheduler { get; set; }

    /// <summary>A trainer started.</summary>
    public void TrainerStarted(string runId) => Count(runId, 1);

    /// <summary>A trainer ended; with a run's last one on this silo its gauges here begin to end.</summary>
    public void TrainerEnded(string runId)
    {
        if (Count(runId, -1) > 0) return;
        _trainers.End(runId);
        EndRun(runId);
    }

    /// <summary>A trainer's step.</summary>
    public void RecordStep(string runId, double stepMs, double waitMs, long bytes)
    {
        KeyValuePair<string, object?> run = Run(runId);
        _stepDuration.Record(stepMs / 1000, run, _silo);
        _allReduceDuration.Record(waitMs / 1000, run, _silo);
        _exchangedBytes.Add(bytes, run, _silo);
    }

    /// <summary>A run's figures after a step.</summary>
    public void RecordRun(string runId, int step, int steps, double loss, double accuracy, double samplesPerSecond)
    {
        KeyValuePair<string, object?>[] tags = [Run(runId), _silo];
        _loss.Set(runId, loss, tags);
        _accuracy.Set(runId, accuracy, [.. tags, Kind(TelemetryNames.KindStep)], TelemetryNames.KindStep);
        _samplesPerSecond.Set(runId, samplesPerSecond, tags);
        _step.Set(runId, step, tags);
        _steps.Set(runId, steps, tags);
    }

    /// <summary>How held-out rows were scored, at the end of a run or by an evaluation.</summary>
    public void RecordEvaluation(string id, string kind, double accuracy, double loss)
    {
        KeyValuePair<string, object?>[] tags = [Run(id), _silo, Kind(kind)];
        // Without rows there is neither.
        if (double.IsFinite(accuracy)) _accuracy.Set(id, accuracy, tags, kind);
        if (double.IsFinite(loss)) _evaluationLoss.Set(id, loss, tags, kind);
    }

    /// <summary>What an evaluation found, for as long as ended runs are reported; a benchmark's measurements are no gauges.</summary>
    public void RecordResult(string jobId, JobResult result)
    {
        if (result is not EvaluationResult evaluation) return;
        double accuracy = evaluation.Accuracy?.Value ?? double.NaN;
        RecordEvaluation(jobId, TelemetryNames.KindEvaluation, accuracy, evaluation.Loss);
        EndRun(jobId);
    }

    /// <summary>The gauges of a run (or job) that is over here begin to end.</summary>
    public void EndRun(string id)
    {
        foreach (LiveFigures<double> figures in new[] { _loss, _accuracy, _evaluationLoss, _samplesPerSecond }) figures.End(id);
        _step.End(id);
        _steps.End(id);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private long Count(string runId, int change)
    {
        lock (_trainers)
        {
            long trainers = _trainersByRun[runId] = _trainersByRun.GetValueOrDefault(runId) + change;
            if (trainers <= 0) _trainersByRun.Remove(runId);
            _trainers.Set(runId, trainers, [Run(runId), _silo]);
            return trainers;
        }
    }

    private readonly Dictionary<string, long> _trainersByRun = new(StringComparer.Ordinal);

    private LiveFigures<T> Gauge<T>(string name, string unit, string description, TimeProvider time) where T : struct
    {
        var figures = new LiveFigures<T>(time, Linger);
        _meter.CreateObservableGauge(name, figures.Observe, unit, description);
        return figures;
    }

    // The SDK's own bounds are for milliseconds.
    private Histogram<double> Durations(string name, string description) => _meter.CreateHistogram(name, "s", description, tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
        });

    private IEnumerable<Measurement<long>> ObserveQueue()
    {
        if (Scheduler?.Invoke() is { } figures) yield return new Measurement<long>(figures.Waiting, _silo);
    }

    private IEnumerable<Measurement<long>> ObserveSlots()
    {
        foreach ((string silo, int used) in Scheduler?.Invoke().UsedSlots ?? new Dictionary<string, int>())
            yield return new Measurement<long>(used, new KeyValuePair<string, object?>(TelemetryNames.SiloTag, silo));
    }

    private void ObserveMemory(string device)
    {
        var gpu = new GpuMemory(device);
        Measurement<long> Of(string where, long bytes) =>
            new(bytes, _silo, new KeyValuePair<string, object?>(TelemetryNames.DeviceTag, where));
        _meter.CreateObservableUpDownCounter(TelemetryNames.ProcessMemory, () => Of("cpu", Environment.WorkingSet), "By",
            "Resident memory of the silo's process");
        _meter.CreateObservableUpDownCounter(TelemetryNames.GpuMemory,
            IEnumerable<Measurement<long>> () => gpu.Read() is { } memory ? [Of(device, memory.Used)] : [], "By",
            "Memory in use on the silo's accelerator");
        _meter.CreateObservableUpDownCounter(TelemetryNames.GpuMemoryLimit,
            IEnumerable<Measurement<long>> () => gpu.Read() is { } memory ? [Of(device, memory.Total)] : [], "By",
            "Memory of the silo's accelerator");
    }

    private static KeyValuePair<string, object?> Run(string id) => new(TelemetryNames.RunTag, id);

    private static KeyValuePair<string, object?> Kind(string kind) => new(TelemetryNames.KindTag, kind);
}

/// <summary>What the scheduler reports.</summary>
/// <param name="Waiting">Runs and jobs that wait for slots.</param>
/// <param name="UsedSlots">Slots in use by the silo's name, of each active silo.</param>
public sealed record SchedulerFigures(int Waiting, IReadOnlyDictionary<string, int> UsedSlots);
