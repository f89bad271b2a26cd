using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Storage;
using MessagePack;
using Orleans.Concurrency;

namespace LoraCluster.Grains.Runs;

/// <summary>The persisted list of runs.</summary>
[MessagePackObject, StateSchema("run-index", 1)]
public sealed class RunIndexState
{
    /// <summary>Runs by id.</summary>
    [Key(0)] public Dictionary<string, RunSummary> Runs { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>
/// Keeps a line for each run. Of runs that are not at rest it asks the run itself when a list is wanted, which also wakes a run whose silo
/// was lost, so that it finds out.
/// </summary>
[Reentrant]
public sealed class RunIndexGrain(
    [PersistentState("run-index", ClusterGrainsHosting.StateProviderName)] IPersistentState<RunIndexState> state, TimeProvider time)
    : Grain, IRunIndexGrain
{
    private static readonly TimeSpan AskingPatience = TimeSpan.FromSeconds(2);
    private const int MaxListed = 1_000;
    private readonly SemaphoreSlim _writing = new(1);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RunSummary>> ListAsync(int count)
    {
        if (count is < 1 or > MaxListed) throw new ClusterRequestException(
            FormattableString.Invariant($"count is {count}; allowed is 1 to {MaxListed}"));
        IEnumerable<RunSummary> newest = state.State.Runs.Values
            .OrderByDescending(r => r.SubmittedAt).ThenBy(r => r.RunId, StringComparer.Ordinal).Take(count);
        return await Task.WhenAll(newest.Select(AskAsync).ToArray());
    }

    /// <inheritdoc/>
    public Task RecordAsync(RunSummary summary)
    {
        state.State.Runs[summary.RunId] = summary;
        return SaveAsync();
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string runId) => state.State.Runs.Remove(runId) ? SaveAsync() : Task.CompletedTask;

    private async Task<RunSummary> AskAsync(RunSummary stored)
    {
        RunSummary known = Complete(stored);
        if (RunTransitions.IsAtRest(known.State)) return known;
        try { return await (known.Kind == RunKind.Training ? AskRunAsync(known) : AskJobAsync(known)); }
        catch (Exception e) when (e is OrleansException or TimeoutException) { return known; }
    }

    private async Task<RunSummary> AskRunAsync(RunSummary known)
    {
        RunStatus? status = await GrainFactory.GetGrain<IRunGrain>(known.RunId).GetStatusAsync().WaitAsync(AskingPatience, time);
        return status is null ? known : known with
        {
            State = status.State, Step = status.Progress.Step, Steps = status.Progress.Steps,
            Accuracy = status.Result?.Accuracy ?? double.NaN, KeyFigure = KeyFigures.Of(status.Result), EndedAt = status.EndedAt,
        };
    }

    private async Task<RunSummary> AskJobAsync(RunSummary known)
    {
        JobStatus? job = await GrainFactory.GetGrain<IJobGrain>(known.RunId).GetStatusAsync().WaitAsync(AskingPatience, time);
        return job is null ? known : JobSummary.Of(job);
    }

    // Lines of older programs have no key figure.
    private static RunSummary Complete(RunSummary stored) =>
        stored.KeyFigure is null ? stored with { KeyFigure = KeyFigures.OfAccuracy(stored.Accuracy) } : stored;

    private async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try { await state.WriteStateAsync(); }
        catch
        {
            RunIndexState mine = state.State;
            try { await state.ReadStateAsync(); }
            finally { state.State = mine; }
            throw;
        }
        finally { _writing.Release(); }
    }
}
