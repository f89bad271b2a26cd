namespace LoraCluster.Randomness;

/// <summary>
/// What random numbers are for. Part of a stream's key, so that two uses never share numbers, whatever their step, micro-batch or site.
/// The values are part of what makes a run repeatable: they never change meaning, and new ones are appended.
/// </summary>
public enum RandomPurpose
{
    /// <summary>The permutation of examples and the order of batches.</summary>
    DataOrder = 1,

    /// <summary>Dropout, in the base model and in adapters.</summary>
    Dropout = 2,

    /// <summary>The first values of an adapter's A matrix.</summary>
    AdapterInit = 3,

    /// <summary>The first values of a new task head.</summary>
    HeadInit = 4,

    /// <summary>The first values of a base model that is pre-trained from nothing.</summary>
    BaseInit = 5,

    /// <summary>Which tokens are masked in masked language modelling, and by what.</summary>
    TokenMasking = 6,

    /// <summary>The choice of the next token in generation.</summary>
    Sampling = 7,

    /// <summary>Splits of a data set, for example into training and held-out rows.</summary>
    DataSplit = 8,

    /// <summary>Made-up inputs of benchmarks and self-tests.</summary>
    Synthetic = 9,

    /// <summary>Rows drawn anew for a confidence interval.</summary>
    Resampling = 10,
}
