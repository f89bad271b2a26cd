using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Jobs;

/// <summary>
/// Work that is kept and shown like a training run, and is none: an evaluation or a benchmark. The key is the job id
/// (<see cref="JobIds"/>). It queues for slots as a run does, and holds no tensors.
/// </summary>
[Alias("loracluster.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Accepts a spec and queues the job. Submitting the same spec to the same job again changes nothing.</summary>
    /// <exception cref="ClusterRequestException">The spec has faults (all are listed), the queue is full, or the job exists with another
    /// spec.</exception>
    [Alias("Submit")] Task<JobStatus> SubmitAsync(JobSpec spec);

    /// <summary>The job as it stands, or null if it was never submitted.</summary>
    [Alias("GetStatus")] Task<JobStatus?> GetStatusAsync();

    /// <summary>The first status whose version is above the given one, or the present one after <paramref name="patience"/> (at most 30
    /// s).</summary>
    [Alias("WaitForChange"), ResponseTimeout("00:01:00")]
    Task<JobStatus> WaitForChangeAsync(long seenVersion, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>Ends the job after the batch or repetition at hand.</summary>
    /// <exception cref="ClusterRequestException">The job is at rest.</exception>
    [Alias("Cancel")] Task CancelAsync();

    /// <summary>A chunk of the predictions that a completed evaluation kept.</summary>
    /// <param name="chunk">0 to the number of chunks, which each of them says, - 1.</param>
    /// <exception cref="ClusterRequestException">There is no such chunk, or none were kept.</exception>
    [Alias("GetPredictions")] Task<PredictionChunk> GetPredictionsAsync(int chunk);

    /// <summary>Deletes a job at rest, with what it kept.</summary>
    /// <exception cref="ClusterRequestException">The job is not at rest.</exception>
    [Alias("Delete")] Task DeleteAsync();
}

/// <summary>Job ids: <c>eval-</c> or <c>bench-</c> and 12 lower-case base32 characters.</summary>
public static class JobIds
{
    /// <summary>A new random id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind is <see cref="RunKind.Training"/>.</exception>
    public static string Create(RunKind kind) => RunIds.CreateWith(PrefixOf(kind));

    /// <summary>True if the text has the form of a job id.</summary>
    public static bool IsValid(string text) => KindOf(text) is RunKind.Evaluation or RunKind.Benchmark;

    /// <summary>The kind of a run's or job's id; null: it is neither's.</summary>
    public static RunKind? KindOf(string text)
    {
        if (RunIds.IsValid(text)) return RunKind.Training;
        if (RunIds.HasForm(text, PrefixOf(RunKind.Evaluation))) return RunKind.Evaluation;
        return RunIds.HasForm(text, PrefixOf(RunKind.Benchmark)) ? RunKind.Benchmark : null;
    }

    private static string PrefixOf(RunKind kind) => kind switch
    {
        RunKind.Evaluation => "eval-",
        RunKind.Benchmark => "bench-",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "allowed are Evaluation and Benchmark"),
    };
}
