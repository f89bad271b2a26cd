namespace LoraCluster.Client.Training;

/// <summary>Content hashes of the folders that a run names.</summary>
internal interface IContentHasher
{
    /// <returns>Lower-case hex; empty for a folder that is not on this machine: the first silo fills it in.</returns>
    Task<(string Model, string Dataset)> HashAsync(string modelPath, string datasetPath, CancellationToken cancellationToken);
}
