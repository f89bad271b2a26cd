using MessagePack;

namespace LoraCluster.Grains.Runs;

/// <summary>One training run; the key is the run id. It validates, places, follows and persists, and holds no tensors.</summary>
[Alias("loracluster.IRunGrain")]
public interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Accepts a spec and queues the run. Submitting the same spec to the same run again changes nothing.</summary>
    /// <exception cref="ClusterRequestException">The spec has faults (all are listed), the queue is full, or the run exists with another
    /// spec.</exception>
    [Alias("Submit")] Task<RunStatus> SubmitAsync(RunSpec spec);

    /// <summary>The run as it stands, or null if it was never submitted.</summary>
    [Alias("GetStatus")] Task<RunStatus?> GetStatusAsync();

    /// <summary>The first status whose version is above the given one, or the present one after <paramref name="patience"/> (at most 30
    /// s).</summary>
    [Alias("WaitForChange"), ResponseTimeout("00:01:00")]
    Task<RunStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>Per-step figures from a step on, oldest first, at most <paramref name="count"/> (1 to 10,000).</summary>
    [Alias("GetHistory")] Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(int fromStep, int count);

    /// <summary>The evaluations of the held-out split so far, oldest first: those at every <see cref="RunSpec.EvalSteps"/>. Of very many,
    /// every second one is kept.</summary>
    [Alias("GetEvaluations")] Task<IReadOnlyList<EvaluationMetrics>> GetEvaluationsAsync();

    /// <summary>Ends the run within one step.</summary>
    /// <exception cref="ClusterRequestException">The run is not in a state that can be cancelled.</exception>
    [Alias("Cancel")] Task CancelAsync();

    /// <summary>Stops the run after the step at hand, with a checkpoint.</summary>
    /// <exception cref="ClusterRequestException">The run is not in a state that can be paused.</exception>
    [Alias("Pause")] Task PauseAsync();

    /// <summary>Queues a paused, failed or cancelled run again, to go on from its last checkpoint to the same bits.</summary>
    /// <exception cref="ClusterRequestException">The run is not at rest, is completed, or has no checkpoint and took steps.</exception>
    [Alias("Resume")] Task ResumeAsync();

    /// <summary>Deletes a run at rest with its checkpoints and its artifact.</summary>
    /// <exception cref="ClusterRequestException">The run is not at rest.</exception>
    [Alias("Delete")] Task DeleteAsync();
}

/// <summary>Figures of one optimizer step.</summary>
/// <param name="Step">1-based step.</param>
/// <param name="Loss">Mean loss per row.</param>
/// <param name="TrainingAccuracy">Share of rows classified right, in [0, 1].</param>
/// <param name="LearningRate">Learning rate used.</param>
/// <param name="GradNorm">Global L2 norm before clipping.</param>
/// <param name="StepTimeMs">Wall time in milliseconds.</param>
/// <param name="Rows">Rows of the step.</param>
[GenerateSerializer, Immutable, Alias("loracluster.StepMetrics"), MessagePackObject]
public sealed record StepMetrics(
    [property: Id(0), Key(0)] int Step, [property: Id(1), Key(1)] double Loss, [property: Id(2), Key(2)] double TrainingAccuracy,
    [property: Id(3), Key(3)] double LearningRate, [property: Id(4), Key(4)] double GradNorm, [property: Id(5), Key(5)] double StepTimeMs,
    [property: Id(6), Key(6)] int Rows);

/// <summary>An evaluation of the held-out split while a run trains.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Loss">Mean loss per row (of a language model, per token with a target).</param>
/// <param name="Accuracy">Share that was guessed right, in [0, 1].</param>
/// <param name="Rows">Rows (tokens).</param>
/// <param name="Seconds">Seconds that it took.</param>
[GenerateSerializer, Immutable, Alias("loracluster.EvaluationMetrics"), MessagePackObject]
public sealed record EvaluationMetrics(
    [property: Id(0), Key(0)] int Step, [property: Id(1), Key(1)] double Loss, [property: Id(2), Key(2)] double Accuracy,
    [property: Id(3), Key(3)] long Rows, [property: Id(4), Key(4)] double Seconds);

/// <summary>All runs of the cluster's store, evaluations and benchmarks among them; a singleton with key 0.</summary>
[Alias("loracluster.IRunIndexGrain")]
public interface IRunIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Runs, newest first, at most <paramref name="count"/> (1 to 1,000).</summary>
    [Alias("List")] Task<IReadOnlyList<RunSummary>> ListAsync(int count);

    /// <summary>Called by a run's or job's grain at each change of state.</summary>
    [Alias("Record")] Task RecordAsync(RunSummary summary);

    /// <summary>Called by a run's or job's grain that was deleted.</summary>
    [Alias("Remove")] Task RemoveAsync(string runId);
}

/// <summary>A run, evaluation or benchmark in a list.</summary>
/// <param name="RunId">Run or job id.</param>
/// <param name="Name">The user's label; may be empty.</param>
/// <param name="State">Where it stands.</param>
/// <param name="SubmittedAt">Submitted at.</param>
/// <param name="Step">Steps (of a job: parts) done.</param>
/// <param name="Steps">Steps (parts) in all; 0 before it is known.</param>
/// <param name="Accuracy">On the held-out split, in [0, 1]; NaN where there is none.</param>
/// <param name="Method">lora, full or head; of a benchmark, which one.</param>
/// <param name="ModelPath">The base model's folder or name; may be empty.</param>
/// <param name="Kind">What it is.</param>
/// <param name="KeyFigure">The figure that stands for the result, as <c>accuracy 87.7 %</c>; empty before the end.</param>
/// <param name="EndedAt">At rest since; null before.</param>
[GenerateSerializer, Immutable, Alias("loracluster.RunSummary"), MessagePackObject]
public sealed record RunSummary(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] string Name, [property: Id(2), Key(2)] RunState State,
    [property: Id(3), Key(3)] DateTimeOffset SubmittedAt, [property: Id(4), Key(4)] int Step, [property: Id(5), Key(5)] int Steps,
    [property: Id(6), Key(6)] double Accuracy, [property: Id(7), Key(7)] string Method, [property: Id(8), Key(8)] string ModelPath,
    [property: Id(9), Key(9)] RunKind Kind = RunKind.Training, [property: Id(10), Key(10)] string KeyFigure = "",
    [property: Id(11), Key(11)] DateTimeOffset? EndedAt = null);

/// <summary>What is kept and shown like a run.</summary>
[GenerateSerializer, Alias("loracluster.RunKind")]
public enum RunKind
{
    /// <summary>A training run.</summary>
    Training,
    /// <summary>An evaluation.</summary>
    Evaluation,
    /// <summary>A benchmark.</summary>
    Benchmark,
}

/// <summary>Run ids.</summary>
public static class RunIds
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int Characters = 12;

    /// <summary>A new random id: <c>run-</c> and 12 lower-case base32 characters (60 bits).</summary>
    public static string Create() => CreateWith("run-");

    /// <summary>True if the text has the form of a run id.</summary>
    public static bool IsValid(string text) => HasForm(text, "run-");

    internal static string CreateWith(string prefix) =>
        prefix + System.Security.Cryptography.RandomNumberGenerator.GetString(Alphabet, Characters);

    internal static bool HasForm(string text, string prefix) =>
        text.Length == prefix.Length + Characters && text.StartsWith(prefix, StringComparison.Ordinal)
        && text.AsSpan(prefix.Length).IndexOfAnyExcept(Alphabet.AsSpan()) < 0;
}
