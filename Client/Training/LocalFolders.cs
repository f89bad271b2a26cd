using LoraCluster.Checkpoints;
using LoraCluster.Grains.Runs;
using LoraCluster.Hub;

namespace LoraCluster.Client.Training;

/// <summary>The model's and the data set's folders as this machine sees them; the silos may see others under the same path.</summary>
internal static class LocalFolders
{
    private static readonly string[] DatasetFiles = ["train.tsv", "dev.tsv"];

    /// <summary>Absolute paths, and what is wrong with the folders.</summary>
    /// <param name="spec">The spec as the user gave it.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    public static (RunSpec Spec, IReadOnlyList<string> Faults) Check(RunSpec spec, bool remote)
    {
        var faults = new List<string>();
        return (spec with
        {
            ModelPath = Resolve("model", spec.ModelPath, "a folder with config.json, weights and a tokenizer", MissingOfModel, remote, faults),
            DatasetPath = Resolve("dataset", spec.DatasetPath, $"a folder with {string.Join(", ", DatasetFiles)}",
                folder => DatasetFiles.Where(file => !File.Exists(Path.Combine(folder, file))), remote, faults),
        }, faults);
    }

    private static IEnumerable<string> MissingOfModel(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "config.json"))) yield return "config.json";
        if (CheckpointFile.Find(folder) is null) yield return $"weights ({string.Join(", ", CheckpointFile.Names)})";
    }

    private static string Resolve(
        string option, string path, string wanted, Func<string, IEnumerable<string>> missing, bool remote, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(path)) return path;
        if (File.Exists(path)) faults.Add($"{option} is '{path}', which is a file; allowed is {wanted}");
        else if (!Directory.Exists(path) && !remote)
            faults.Add($"{option} is '{path}', which is not there; allowed is {wanted}, or a name at the hub{WhyNoName(option, path)}");
        else if (!Directory.Exists(path) && !Path.IsPathFullyQualified(path))
            faults.Add($"{option} is '{path}', which is not on this machine; allowed is then an absolute path on the silos, "
                + $"or a name at the hub{WhyNoName(option, path)}");
        if (!Directory.Exists(path)) return path;
        string[] absent = [.. missing(path)];
        if (absent.Length > 0) faults.Add($"{option} is '{path}', which has no {string.Join(" and no ", absent)}");
        return Path.GetFullPath(path);
    }

    /// <summary>Said of what looks like a name but is none.</summary>
    private static string WhyNoName(string option, string path) => !Path.IsPathRooted(path) && !path.StartsWith('.')
        && !HubReference.TryParse(path, option == "model" ? HubKind.Model : HubKind.Dataset, out _, out string? fault) ? $" ({fault})" : "";
}
