namespace LoraCluster.Kernels;

/// <summary>
/// Turns techniques off, one by one, so that a benchmark can say what each gives. Set once at the start of a process, before any model is
/// loaded; all are on unless a benchmark says otherwise.
/// </summary>
internal static class KernelSwitches
{
    /// <summary>Frozen linear layers on packed weights; off: plain weights.</summary>
    public static bool PackedWeights { get; set; } = true;

    /// <summary>Dropout from a counter; off: the generator's, whose masks depend on who computes what.</summary>
    public static bool CounterDropout { get; set; } = true;

    /// <summary>Only [CLS] goes through the last layer of a classifier; off: every position does.</summary>
    public static bool OnlyFirstPosition { get; set; } = true;

    /// <summary>AdamW in one pass over the flat vector; off: the plain sequence of operations.</summary>
    public static bool FusedAdamW { get; set; } = true;
}
