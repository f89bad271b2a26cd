using LoraCluster.Checkpoints;

namespace LoraCluster.Client.Inspection;

/// <summary>Tells what a path is and has it inspected.</summary>
internal static class Inspector
{
    private const string Known = "known are a model folder (config.json), an adapter folder (adapter_config.json), weights (*.safetensors, *.bin, "
        + "*.index.json), "
        + "a data set folder (train.tsv, dev.tsv) or one of its *.tsv files";

    /// <param name="path">A folder or a file.</param>
    /// <param name="modelFolder">A model beside which an adapter or a data set is inspected; null: by itself.</param>
    /// <exception cref="ClientException">There is nothing at the path, or nothing that is known.</exception>
    public static InspectionReport Inspect(string path, string? modelFolder)
    {
        if (Directory.Exists(path)) return OfFolder(path, modelFolder);
        if (!File.Exists(path)) throw new ClientException(ExitCodes.Usage, $"path is '{path}', which is not there; {Known}");
        string name = Path.GetFileName(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return name switch
        {
            "config.json" => ModelInspection.Of(folder),
            "adapter_config.json" => AdapterInspection.Of(folder, modelFolder),
            _ when IsWeights(name) => CheckpointInspection.Of(path),
            _ when name.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) => DatasetInspection.OfFile(path, modelFolder),
            _ => throw new ClientException(ExitCodes.Usage, $"path is '{path}', which is nothing known; {Known}"),
        };
    }

    private static bool IsWeights(string name) => name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase);

    private static InspectionReport OfFolder(string folder, string? modelFolder)
    {
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        if (Has("adapter_config.json") || Has("adapter_model.safetensors")) return AdapterInspection.Of(folder, modelFolder);
        if (Has("config.json") || CheckpointFile.Find(folder) is not null || Has("vocab.txt")) return ModelInspection.Of(folder);
        if (Directory.EnumerateFiles(folder, "*.tsv").Any()) return DatasetInspection.OfFolder(folder, modelFolder);
        string[] there = [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)!)
            .Order(StringComparer.Ordinal).Take(10)];
        throw new ClientException(ExitCodes.Usage,
            $"path is '{folder}', which is nothing known; it holds {(there.Length == 0 ? "nothing" : string.Join(", ", there))}; {Known}");
    }
}
