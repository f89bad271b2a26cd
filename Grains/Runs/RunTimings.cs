namespace LoraCluster.Grains.Runs;

/// <summary>How soon a run notices that a trainer is gone, and how long it waits for what.</summary>
public sealed record RunTimings
{
    /// <summary>Time between two rounds of asking the trainers for a sign of life.</summary>
    public TimeSpan PingPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan PingPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After how long without a sign of life a trainer counts as lost: a starved processor looks dead, so not too soon.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how many calls in a row that met no silo at all a trainer counts as lost.</summary>
    public int RefusedPings { get; init; } = 2;

    /// <summary>How long a cancelled run waits for its trainers.</summary>
    public TimeSpan CancelPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a step waits for its slowest trainer.</summary>
    public TimeSpan StepPatience { get; init; } = TimeSpan.FromMinutes(10);
}
