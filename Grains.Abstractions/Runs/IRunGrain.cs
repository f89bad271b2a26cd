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
    [Alias("WaitForChange")]
    Task<RunStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>Per-step figures from a step on, oldest first, at most <paramref name="count"/> (1 to 10,000).</summary>
    [Alias("GetHistory")] Task<IReadOnlyList<StepMetrics>> GetHistoryAsync(int fromStep, int count);

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

/// <summary>All runs of the cluster's store; a singleton with key 0.</summary>
[Alias("loracluster.IRunIndexGrain")]
public interface IRunIndexGrain : IGrainWithIntegerKey
{
    /// <summary>Runs, newest first, at most <paramref name="count"/> (1 to 1,000).</summary>
    [Alias("List")] Task<IReadOnlyList<RunSummary>> ListAsync(int count);

    /// <summary>Called by a run grain at each change of state.</summary>
    [Alias("Record")] Task RecordAsync(RunSummary summary);

    /// <summary>Called by a run grain that was deleted.</summary>
    [Alias("Remove")] Task RemoveAsync(string runId);
}

/// <summary>A run in a list.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.RunSummary"), MessagePackObject]
public sealed record RunSummary(
    [property: Id(0), Key(0)] string RunId, [property: Id(1), Key(1)] string Name, [property: Id(2), Key(2)] RunState State,
    [property: Id(3), Key(3)] DateTimeOffset SubmittedAt, [property: Id(4), Key(4)] int Step, [property: Id(5), Key(5)] int Steps,
    [property: Id(6), Key(6)] double Accuracy, [property: Id(7), Key(7)] string Method, [property: Id(8), Key(8)] string ModelPath);

/// <summary>Run ids.</summary>
public static class RunIds
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>A new random id: <c>run-</c> and 12 lower-case base32 characters (60 bits).</summary>
    public static string Create() => "run-" + System.Security.Cryptography.RandomNumberGenerator.GetString(Alphabet, 12);

    /// <summary>True if the text has the form of a run id.</summary>
    public static bool IsValid(string text) =>
        text.Length == 16 && text.StartsWith("run-", StringComparison.Ordinal) && text.AsSpan(4).IndexOfAnyExcept(Alphabet.AsSpan()) < 0;
}
