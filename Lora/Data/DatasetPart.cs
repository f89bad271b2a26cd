namespace LoraCluster.Data;

/// <summary>One file of a split.</summary>
/// <param name="Path">The file.</param>
/// <param name="Unit">What its rows are counted by: line or row.</param>
/// <param name="First">Its first row in the data set.</param>
internal sealed record DatasetPart(string Path, string Unit, int First);
