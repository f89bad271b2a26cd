using LoraCluster.Grains.Runs;
using LoraCluster.Hub;

namespace LoraCluster.Client.Training;

/// <summary>The model's and the data set's folders as this machine sees them; the silos may see others under the same path.</summary>
internal static class LocalFolders
{
    private static readonly string[] ModelFiles = ["config.json", "model.safetensors", "vocab.txt"];
    private static readonly string[] DatasetFiles = ["train.tsv", "dev.tsv"];

    /// <summary>Absolute paths, and what is wrong with the folders.</summary>
    /// <param name="spec">The spec as the user gave it.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a folder need not be here.</param>
    public static (RunSpec Spec, IReadOnlyList<string> Faults) Check(RunSpec spec, bool remote)
    {
        var faults = new List<string>();
        return (spec with
        {
            ModelPath = Resolve("model", spec.ModelPath, ModelFiles, remote, faults),
            DatasetPath = Resolve("dataset", spec.DatasetPath, DatasetFiles, remote, faults),
        }, faults);
    }

    private static string Resolve(string option, string path, string[] files, bool remote, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(path)) return path;
        string wanted = $"a folder with {string.Join(", ", files)}";
        if (File.Exists(path)) faults.Add($"{option} is '{path}', which is a file; allowed is {wanted}");
        else if (!Directory.Exists(path) && !remote)
            faults.Add($"{option} is '{path}', which is not there; allowed is {wanted}, or a name at the hub{WhyNoName(option, path)}");
        else if (!Directory.Exists(path) && !Path.IsPathFullyQualified(path))
            faults.Add($"{option} is '{path}', which is not on this machine; allowed is then an absolute path on the silos, "
                + $"or a name at the hub{WhyNoName(option, path)}");
        if (!Directory.Exists(path)) return path;
        string[] missing = [.. files.Where(file => !File.Exists(Path.Combine(path, file)))];
        if (missing.Length > 0) faults.Add($"{option} is '{path}', which has no {string.Join(" and no ", missing)}");
        return Path.GetFullPath(path);
    }

    /// <summary>Said of what looks like a name but is none.</summary>
    private static string WhyNoName(string option, string path) => !Path.IsPathRooted(path) && !path.StartsWith('.')
        && !HubReference.TryParse(path, option == "model" ? HubKind.Model : HubKind.Dataset, out _, out string? fault) ? $" ({fault})" : "";
}
