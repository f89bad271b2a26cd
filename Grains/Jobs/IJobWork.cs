using LoraCluster.Grains.Scheduling;

namespace LoraCluster.Grains.Jobs;

/// <summary>
/// A kind of job: what it asks of a spec, which slots it needs, what each worker does, and what is made of their parts. One instance a
/// silo, registered as a service. The job's grain holds no tensors: only <see cref="Open"/> and its session, on a worker's thread, do.
/// </summary>
public interface IJobWork
{
    /// <summary>Whether a spec is of this kind.</summary>
    bool Takes(JobSpec spec);

    /// <summary>Everything that is wrong with a spec by itself, each naming the value and what is allowed; empty if nothing is.</summary>
    IReadOnlyList<string> Faults(JobSpec spec);

    /// <summary>The slots that a job without faults needs.</summary>
    SlotRequest Needs(string jobId, JobSpec spec);

    /// <summary>Loads what a worker needs; on its own thread.</summary>
    /// <exception cref="UserErrorException">It cannot be had here; the message says why.</exception>
    IJobSession Open(JobTask task, CancellationToken stopping);

    /// <summary>The result of the workers' parts, by worker; on the grain's thread, so it is quick.</summary>
    /// <param name="spec">What was asked for.</param>
    /// <param name="parts">A part of each worker.</param>
    /// <exception cref="UserErrorException">The parts do not make a result.</exception>
    JobResult Combine(JobSpec spec, IReadOnlyList<JobPart> parts);

    /// <summary>Deletes what the workers keep beside the result; does nothing where there is nothing.</summary>
    Task DeleteAsync(string jobId, JobSpec spec);
}

/// <summary>A worker's share of a job, loaded and ready; used on the worker's thread.</summary>
public interface IJobSession : IDisposable
{
    /// <summary>What was loaded, and how much is to do.</summary>
    PreparedJob Prepared { get; }

    /// <summary>Does it.</summary>
    /// <param name="report">Told what is done: parts, and what is at work now. Never blocks.</param>
    /// <param name="stopping">Ends it after the part at hand.</param>
    JobPart Compute(Action<JobProgress> report, CancellationToken stopping);
}
