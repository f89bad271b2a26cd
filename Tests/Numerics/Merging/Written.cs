using LoraCluster.Adapters;
using LoraCluster.Models;
using LoraCluster.Training;

namespace LoraCluster.Tests.Numerics.Merging;

/// <summary>A trained model's adapter by way of its files.</summary>
internal static class Written
{
    /// <summary>Writes the adapter to a new folder and reads it back.</summary>
    public static AdapterFolder Adapter(TrainableModel trained, BaseModel baseModel, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (ResultFile file in ResultFiles.Of(trained, baseModel, "base"))
            File.WriteAllBytes(Path.Combine(folder, file.Name), file.Content);
        return AdapterFolder.Read(folder);
    }
}
