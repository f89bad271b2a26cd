using LoraCluster.Adapters;
using LoraCluster.Checkpoints;
using LoraCluster.Data;

namespace LoraCluster.Client.Inspection;

/// <summary>Tells what a path is and has it inspected.</summary>
internal static class Inspector
{
    private static readonly string Known = "known are a model folder (config.json), an adapter folder (adapter_config.json), weights "
        + "(*.safetensors, *.bin, *.index.json), a data set: a folder with splits (train, dev), FOLDER:SUBSET, or a file "
        + $"(*{string.Join(", *", DatasetFiles.Endings)})";

    /// <param name="path">A folder or a file.</param>
    /// <param name="modelFolder">A model beside which an adapter or a data set is inspected; null: by itself.</param>
    /// <param name="columns">The columns of a data set that are read.</param>
    /// <exception cref="ClientException">There is nothing at the path, or nothing that is known.</exception>
    public static InspectionReport Inspect(string path, string? modelFolder, TextColumns columns)
    {
        if (Directory.Exists(path)) return OfFolder(path, modelFolder, columns);
        if (!File.Exists(path))
        {
            return DatasetFiles.Exists(path) ? DatasetInspection.OfFolder(path, modelFolder, columns)
                : throw new ClientException(ExitCodes.Usage, $"path is '{path}', which is not there; {Known}");
        }
        string name = Path.GetFileName(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return name switch
        {
            "config.json" => ModelInspection.Of(folder),
            "adapter_config.json" => AdapterInspection.Of(folder, modelFolder),
            _ when IsWeights(name) => CheckpointInspection.Of(path),
            _ when DatasetFiles.Endings.Contains(Path.GetExtension(name).ToLowerInvariant()) =>
                DatasetInspection.OfFile(path, modelFolder, columns),
            _ => throw new ClientException(ExitCodes.Usage, $"path is '{path}', which is nothing known; {Known}"),
        };
    }

    private static bool IsWeights(string name) => name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase);

    private static InspectionReport OfFolder(string folder, string? modelFolder, TextColumns columns)
    {
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        if (Has(AdapterFolder.ConfigFile) || File.Exists(AdapterFolder.WeightsOf(folder))) return AdapterInspection.Of(folder, modelFolder);
        if (Has("config.json") || CheckpointFile.Find(folder) is not null || Has("vocab.txt")) return ModelInspection.Of(folder);
        if (DatasetFiles.Find(folder).HasSplits) return DatasetInspection.OfFolder(folder, modelFolder, columns);
        string[] there = [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)
            .Order(StringComparer.Ordinal).Take(10)];
        throw new ClientException(ExitCodes.Usage,
            $"path is '{folder}', which is nothing known; it holds {(there.Length == 0 ? "nothing" : string.Join(", ", there))}; {Known}");
    }
}
