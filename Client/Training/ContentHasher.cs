using LoraCluster.Data;
using LoraCluster.Models;
using LoraCluster.Tokenizers;

namespace LoraCluster.Client.Training;

/// <summary>Content hashes of the folders that a run names.</summary>
internal static class ContentHasher
{
    private static readonly string[] Splits = ["train.tsv", "dev.tsv"];

    /// <returns>Lower-case hex; empty for a folder that is not on this machine: the first silo fills it in.</returns>
    public static async Task<(string Model, string Dataset)> HashAsync(
        string modelPath, string datasetPath, CancellationToken cancellationToken)
    {
        Task<string> model = Task.Run(() => OfModel(modelPath), cancellationToken);
        return (await model.WaitAsync(cancellationToken), OfDataset(datasetPath));
    }

    public static string OfModel(string folder) => Directory.Exists(folder) ? ContentHash.Of(
        BaseModel.FilesOf(folder).Union(TokenizerFolder.Load(folder).Files, StringComparer.Ordinal)) : "";

    public static string OfDataset(string folder) =>
        Directory.Exists(folder) ? ContentHash.Of(Splits.Select(name => Path.Combine(folder, name))) : "";
}
