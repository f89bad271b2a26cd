namespace LoraCluster.Grains;

/// <summary>
/// Every name under which the cluster reports, by the semantic conventions of OpenTelemetry where they have one; what each means is in
/// docs/telemetry.md too.
/// </summary>
public static class TelemetryNames
{
    /// <summary>The one meter of the project.</summary>
    public const string Meter = "LoraCluster";
    /// <summary>The one activity source of the project.</summary>
    public const string ActivitySource = "LoraCluster";

    /// <summary>Gauge, 1: mean loss per row (token) of the last step.</summary>
    public const string Loss = "loracluster.run.loss";
    /// <summary>Gauge, 0 to 1: share of the rows (tokens) that were right; <see cref="KindTag"/> tells which rows.</summary>
    public const string Accuracy = "loracluster.run.accuracy";
    /// <summary>Gauge, 1: mean loss per row (token) of rows that were held out; with <see cref="KindTag"/>.</summary>
    public const string EvaluationLoss = "loracluster.run.evaluation.loss";
    /// <summary>Gauge, {row}/s: rows per second of a run.</summary>
    public const string SamplesPerSecond = "loracluster.run.samples_per_second";
    /// <summary>Gauge, {step}: optimizer steps done.</summary>
    public const string Step = "loracluster.run.step";
    /// <summary>Gauge, {step}: optimizer steps in all.</summary>
    public const string Steps = "loracluster.run.steps";
    /// <summary>Histogram, s: wall time of an optimizer step.</summary>
    public const string StepDuration = "loracluster.step.duration";
    /// <summary>Histogram, s: a trainer's wait for the reduced gradient.</summary>
    public const string AllReduceDuration = "loracluster.allreduce.duration";
    /// <summary>Counter, By: bytes exchanged by trainers and coordinator.</summary>
    public const string ExchangedBytes = "loracluster.allreduce.bytes";
    /// <summary>Up-down counter, {trainer}: trainers at work on this silo.</summary>
    public const string Trainers = "loracluster.trainers";
    /// <summary>Up-down counter, {run}: runs, evaluations and benchmarks that wait for slots.</summary>
    public const string QueueLength = "loracluster.queue.length";
    /// <summary>Up-down counter, {slot}: a silo's trainer slots in use.</summary>
    public const string SlotUsage = "loracluster.slot.usage";
    /// <summary>Up-down counter, {slot}: the slots that a silo has.</summary>
    public const string SlotLimit = "loracluster.slot.limit";
    /// <summary>Up-down counter, By: resident memory of the silo's process.</summary>
    public const string ProcessMemory = "process.memory.usage";
    /// <summary>Up-down counter, By: memory in use on the silo's accelerator, by whomever; only where there is one.</summary>
    public const string GpuMemory = "hw.gpu.memory.usage";
    /// <summary>Up-down counter, By: memory of the silo's accelerator; only where there is one.</summary>
    public const string GpuMemoryLimit = "hw.gpu.memory.limit";

    /// <summary>All instruments of <see cref="Meter"/>.</summary>
    public static IReadOnlyList<string> Instruments { get; } =
    [
        Loss, Accuracy, EvaluationLoss, SamplesPerSecond, Step, Steps, StepDuration, AllReduceDuration, ExchangedBytes, Trainers,
        QueueLength, SlotUsage, SlotLimit, ProcessMemory, GpuMemory, GpuMemoryLimit,
    ];

    /// <summary>Tag: run or job id.</summary>
    public const string RunTag = "loracluster.run.id";
    /// <summary>Tag: name of the silo that the figure is of.</summary>
    public const string SiloTag = "loracluster.silo.name";
    /// <summary>Tag of what was scored: <see cref="KindStep"/>, <see cref="KindHeldOut"/> or <see cref="KindEvaluation"/>.</summary>
    public const string KindTag = "loracluster.evaluation.kind";
    /// <summary>Tag: the device that memory is of, as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public const string DeviceTag = "loracluster.device";
    /// <summary>Tag of a span: 1-based step.</summary>
    public const string StepTag = "loracluster.step";
    /// <summary>Tag of a span: worker rank of the trainer.</summary>
    public const string WorkerTag = "loracluster.worker";
    /// <summary>Tag of a span: bytes sent and received.</summary>
    public const string BytesTag = "loracluster.bytes";
    /// <summary>Tag of a span: how the run stood at its end.</summary>
    public const string StateTag = "loracluster.run.state";

    /// <summary>Kind: the rows of the last step, before it was applied.</summary>
    public const string KindStep = "step";
    /// <summary>Kind: the held-out rows at the end of a run.</summary>
    public const string KindHeldOut = "held_out";
    /// <summary>Kind: the rows of an evaluation.</summary>
    public const string KindEvaluation = "evaluation";

    /// <summary>Span: a client hands a run in.</summary>
    public const string SubmitSpan = "submit";
    /// <summary>Span: a run from its slots to its end.</summary>
    public const string RunSpan = "run";
    /// <summary>Span: an evaluation or benchmark from its slots to its end.</summary>
    public const string JobSpan = "job";
    /// <summary>Span: one worker computes its share of a job.</summary>
    public const string WorkSpan = "work";
    /// <summary>Span: the trainers load model and data.</summary>
    public const string PrepareSpan = "prepare";
    /// <summary>Span: one trainer's optimizer step.</summary>
    public const string StepSpan = "step";
    /// <summary>Span: a trainer's side of the all-reduce.</summary>
    public const string ContributionSpan = "contribution";
    /// <summary>Span: the coordinator adds up the contributions.</summary>
    public const string ReduceSpan = "reduce";
    /// <summary>Span: a trainer applies the reduced gradient.</summary>
    public const string UpdateSpan = "update";
}
