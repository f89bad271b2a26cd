using Orleans.Storage;

namespace LoraCluster.Grains.Submissions;

/// <summary>
/// Writes the record of a run or job, one write at a time. A write that failed may have been stored or not, so before the next one the
/// stored version is read anew; what is in memory is written over it. Only if another activation wrote meanwhile, this one gives way.
/// </summary>
internal sealed class RecordStore<T>(IPersistentState<T> state)
{
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>The record in memory.</summary>
    public T Record => state.State;

    /// <summary>True while the store may hold something else than what is in memory.</summary>
    public bool IsUncertain { get; private set; }

    /// <summary>Writes what is in memory.</summary>
    /// <exception cref="InconsistentStateException">Another activation of the grain wrote meanwhile.</exception>
    public async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try
        {
            if (IsUncertain) await LearnVersionAsync();
            IsUncertain = true;
            await state.WriteStateAsync();
            IsUncertain = false;
        }
        finally { _writing.Release(); }
    }

    /// <summary>Deletes the record.</summary>
    public async Task ClearAsync()
    {
        await _writing.WaitAsync();
        try { await state.ClearStateAsync(); }
        finally { _writing.Release(); }
    }

    private async Task LearnVersionAsync()
    {
        T mine = state.State;
        try { await state.ReadStateAsync(); }
        finally { state.State = mine; }
    }
}
