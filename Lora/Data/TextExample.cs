namespace LoraCluster.Data;

/// <summary>One row of a labelled data set.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Label">Its class, 0 or more; <see cref="NoLabel"/> where the data set has none.</param>
public sealed record TextExample(string Text, int Label)
{
    /// <summary>Stands for the label of a row that has none.</summary>
    public const int NoLabel = -1;
}
