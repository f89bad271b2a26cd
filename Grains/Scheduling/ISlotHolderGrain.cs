namespace LoraCluster.Grains.Scheduling;

/// <summary>What the scheduler tells whoever holds slots or waits for them, a run or a job; the key is its id.</summary>
[Alias("loracluster.ISlotHolderGrain")]
public interface ISlotHolderGrain : IGrainWithStringKey
{
    /// <summary>The scheduler gives the slots. False if they are not wanted any more.</summary>
    [Alias("Assign")] Task<bool> AssignAsync(SlotLease lease);

    /// <summary>The scheduler says what is waited for.</summary>
    [Alias("ExplainQueue")] Task ExplainQueueAsync(string reason);

    /// <summary>True while slots are held or waited for.</summary>
    [Alias("NeedsSlots")] Task<bool> NeedsSlotsAsync();
}
