using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;

namespace LoraCluster.Client.Training;

/// <summary>Content hashes of the model and the data set that a run names.</summary>
internal static class ContentHasher
{
    /// <returns>Lower-case hex; empty for a folder that is not on this machine: the first silo fills it in.</returns>
    public static async Task<(string Model, string Dataset)> HashAsync(
        string modelPath, string datasetPath, CancellationToken cancellationToken)
    {
        Task<string> model = Task.Run(() => OfModel(modelPath), cancellationToken);
        return (await model.WaitAsync(cancellationToken), OfDataset(datasetPath));
    }

    public static string OfModel(string folder) => Directory.Exists(folder) ? ContentHash.Of(
        BaseModel.FilesOf(folder).Union(TokenizerFolder.Load(folder).Files, StringComparer.Ordinal)) : "";

    public static string OfDataset(string path) => DatasetFiles.Exists(path) ? ContentHash.Of(DatasetFiles.Find(path).Files) : "";
}
