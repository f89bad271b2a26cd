namespace LoraCluster.Grains.Collectives;

/// <summary>What every trainer does after the step with whose sum it comes; all get the same one, so all stop at the same step.</summary>
[GenerateSerializer, Alias("loracluster.RunDirective")]
public enum RunDirective : byte
{
    /// <summary>Take the next step.</summary>
    Continue,
    /// <summary>Apply the step, agree on the state, write a checkpoint, stop.</summary>
    Pause,
    /// <summary>Apply the step, agree on the state, stop.</summary>
    Cancel,
}
