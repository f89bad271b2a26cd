namespace LoraCluster.Grains;

/// <summary>Every name under which the cluster reports; units by the semantic conventions (docs/telemetry.md).</summary>
public static class TelemetryNames
{
    /// <summary>The one meter of the project.</summary>
    public const string Meter = "LoraCluster";
    /// <summary>The one activity source of the project.</summary>
    public const string ActivitySource = "LoraCluster";

    /// <summary>Gauge: mean loss per row of the last step.</summary>
    public const string Loss = "loracluster.run.loss";
    /// <summary>Gauge, 0 to 1: accuracy on the held-out split.</summary>
    public const string Accuracy = "loracluster.run.accuracy";
    /// <summary>Gauge, {row}/s: rows per second of a run.</summary>
    public const string SamplesPerSecond = "loracluster.run.samples_per_second";
    /// <summary>Histogram, s: wall time of an optimizer step.</summary>
    public const string StepDuration = "loracluster.step.duration";
    /// <summary>Histogram, s: a trainer's wait for the reduced gradient.</summary>
    public const string AllReduceDuration = "loracluster.allreduce.duration";
    /// <summary>Counter, By: bytes exchanged by trainers and coordinator.</summary>
    public const string ExchangedBytes = "loracluster.allreduce.bytes";
    /// <summary>Up-down counter, {trainer}: trainers at work on this silo.</summary>
    public const string Trainers = "loracluster.trainers";

    /// <summary>Tag: run id.</summary>
    public const string RunTag = "loracluster.run.id";
}
