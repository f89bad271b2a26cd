using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Trainers;

/// <summary>One trainer of a run; the key is <c>RUN/MEMBERSHIP/WORKER@SILO</c>, so nothing of an earlier membership is ever met
/// again.</summary>
[Alias("loracluster.ITrainerGrain")]
public interface ITrainerGrain : IGrainWithStringKey
{
    /// <summary>Loads model, data and checkpoint. Asking again waits for the same.</summary>
    [Alias("Prepare"), ResponseTimeout("01:00:00")] Task<PreparedTrainer> PrepareAsync(TrainerPlan plan);

    /// <summary>Starts taking steps. Asking again changes nothing.</summary>
    [Alias("Start")] Task StartAsync(CollectivePlan plan);

    /// <summary>Stops as soon as can be, without a checkpoint.</summary>
    [Alias("Stop")] Task StopAsync(string reason);

    /// <summary>A sign of life.</summary>
    [Alias("Ping")] Task<TrainerPulse> PingAsync();

    /// <summary>Key of a trainer.</summary>
    static string KeyOf(string runId, int membership, int worker, SiloAddress silo) =>
        PinnedKey.Create(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{runId}/{membership}/{worker}"), silo);
}

/// <summary>What a trainer is to do.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.TrainerPlan")]
public sealed record TrainerPlan
{
    /// <summary>Run id.</summary>
    [Id(0)] public required string RunId { get; init; }
    /// <summary>What to train.</summary>
    [Id(1)] public required RunSpec Spec { get; init; }
    /// <summary>Version of the membership.</summary>
    [Id(2)] public required int Membership { get; init; }
    /// <summary>This trainer's worker rank.</summary>
    [Id(3)] public required int Worker { get; init; }
    /// <summary>Key of the run's coordinator.</summary>
    [Id(4)] public required string Coordinator { get; init; }
    /// <summary>Checkpoints to go on from, best first; the first that is whole is used. Empty: from the start.</summary>
    [Id(5)] public IReadOnlyList<CheckpointRef> Checkpoints { get; init; } = [];
    /// <summary>W3C trace context of the run; null: none.</summary>
    [Id(6)] public string? TraceParent { get; init; }
}

/// <summary>A trainer that is ready.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.PreparedTrainer")]
public sealed record PreparedTrainer
{
    /// <summary>Hash of the parameter layout.</summary>
    [Id(0)] public required ulong LayoutHash { get; init; }
    /// <summary>Trainable values.</summary>
    [Id(1)] public required int Values { get; init; }
    /// <summary>Names of the trainable tensors.</summary>
    [Id(2)] public required IReadOnlyList<string> TensorNames { get; init; }
    /// <summary>Steps done.</summary>
    [Id(3)] public required int Step { get; init; }
    /// <summary>Steps of the whole run.</summary>
    [Id(4)] public required int Steps { get; init; }
    /// <summary>Content hash of the model folder.</summary>
    [Id(5)] public required string ModelHash { get; init; }
    /// <summary>Content hash of the data set folder.</summary>
    [Id(6)] public required string DatasetHash { get; init; }
    /// <summary>Remarks for people.</summary>
    [Id(7)] public IReadOnlyList<string> Notices { get; init; } = [];
}

/// <summary>How a trainer stands, and whether its silo wants it to leave.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.TrainerPulse")]
public sealed record TrainerPulse(
    [property: Id(0)] bool IsKnown, [property: Id(1)] int Step, [property: Id(2)] TrainerOutcome? Outcome,
    [property: Id(3)] bool IsDraining);

/// <summary>How a trainer ended.</summary>
[GenerateSerializer, Alias("loracluster.TrainerEnd")]
public enum TrainerEnd
{
    /// <summary>All steps are taken, the model is evaluated, the result stored.</summary>
    Completed,
    /// <summary>Stopped after a step, with a checkpoint.</summary>
    Paused,
    /// <summary>Stopped after a step.</summary>
    Cancelled,
    /// <summary>Was told to stop at once.</summary>
    Stopped,
    /// <summary>Met an error.</summary>
    Failed,
}

/// <summary>How a trainer ended, with its result (worker 0 of a completed run) or its message.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.TrainerOutcome")]
public sealed record TrainerOutcome(
    [property: Id(0)] TrainerEnd End, [property: Id(1)] int Step, [property: Id(2)] string Message = "",
    [property: Id(3)] RunResult? Result = null);
