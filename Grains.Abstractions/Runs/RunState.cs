namespace LoraCluster.Grains.Runs;

/// <summary>Where a run stands. The allowed transitions are one table, <see cref="RunTransitions"/>.</summary>
[GenerateSerializer, Alias("loracluster.RunState")]
public enum RunState
{
    /// <summary>Waits for free trainer slots.</summary>
    Queued,
    /// <summary>Trainers load the model and the data.</summary>
    Preparing,
    /// <summary>Steps are taken.</summary>
    Running,
    /// <summary>Ends the step at hand, then writes a checkpoint.</summary>
    Pausing,
    /// <summary>Holds no slots; can be resumed from its checkpoint.</summary>
    Paused,
    /// <summary>Ends within one step.</summary>
    Cancelling,
    /// <summary>Done; its artifact is stored.</summary>
    Completed,
    /// <summary>Ended by an error; can be resumed if a checkpoint exists.</summary>
    Failed,
    /// <summary>Ended by a user; can be resumed if a checkpoint exists.</summary>
    Cancelled,
}

/// <summary>The transitions between <see cref="RunState"/>s.</summary>
public static class RunTransitions
{
    private static readonly (RunState From, RunState To)[] Table =
    [
        (RunState.Queued, RunState.Preparing), (RunState.Queued, RunState.Cancelled), (RunState.Queued, RunState.Failed),
        (RunState.Queued, RunState.Paused),
        (RunState.Preparing, RunState.Running), (RunState.Preparing, RunState.Failed), (RunState.Preparing, RunState.Cancelling),
        (RunState.Preparing, RunState.Queued),
        (RunState.Running, RunState.Pausing), (RunState.Running, RunState.Cancelling), (RunState.Running, RunState.Completed),
        (RunState.Running, RunState.Failed),
        (RunState.Pausing, RunState.Paused), (RunState.Pausing, RunState.Cancelling), (RunState.Pausing, RunState.Failed),
        (RunState.Pausing, RunState.Completed), (RunState.Pausing, RunState.Queued),
        (RunState.Cancelling, RunState.Cancelled), (RunState.Cancelling, RunState.Failed),
        (RunState.Paused, RunState.Queued), (RunState.Paused, RunState.Cancelled),
        (RunState.Failed, RunState.Queued), (RunState.Cancelled, RunState.Queued),
    ];

    /// <summary>True if a run may go from one state to the other.</summary>
    public static bool Allows(RunState from, RunState to) => Array.IndexOf(Table, (from, to)) >= 0;

    /// <summary>True in states that nothing leaves by itself: Completed, Failed, Cancelled and Paused.</summary>
    public static bool IsAtRest(RunState state) => state is RunState.Completed or RunState.Failed or RunState.Cancelled or RunState.Paused;
}
