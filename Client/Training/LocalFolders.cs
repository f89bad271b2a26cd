using LoraCluster.Checkpoints;
using LoraCluster.Data;
using LoraCluster.Grains.Runs;
using LoraCluster.Hub;

namespace LoraCluster.Client.Training;

/// <summary>The model's folder and the data set as this machine sees them; the silos may see others under the same path.</summary>
internal static class LocalFolders
{
    private const string Model = "a folder with config.json, weights and a tokenizer";
    private const string Dataset = "a folder with a split train and one to evaluate on, FOLDER:SUBSET, or a file";

    /// <summary>Absolute paths, and what is wrong with what they name.</summary>
    /// <param name="spec">The spec as the user gave it.</param>
    /// <param name="remote">True if the cluster may be on other machines: then a path need not be here.</param>
    public static (RunSpec Spec, IReadOnlyList<string> Faults) Check(RunSpec spec, bool remote)
    {
        var faults = new List<string>();
        if (IsHere("model", spec.ModelPath, Directory.Exists, Model, remote, faults)) CheckModel(spec.ModelPath, faults);
        if (IsHere("dataset", spec.DatasetPath, DatasetFiles.Exists, Dataset, remote, faults)) CheckDataset(spec.DatasetPath, faults);
        return (spec with { ModelPath = Absolute(spec.ModelPath), DatasetPath = Absolute(spec.DatasetPath) }, faults);
    }

    private static void CheckModel(string folder, List<string> faults)
    {
        List<string> missing = [];
        if (!File.Exists(Path.Combine(folder, "config.json"))) missing.Add("config.json");
        if (CheckpointFile.Find(folder) is null) missing.Add($"weights ({string.Join(", ", CheckpointFile.Names)})");
        if (missing.Count > 0) faults.Add($"model is '{folder}', which has no {string.Join(" and no ", missing)}");
    }

    private static void CheckDataset(string path, List<string> faults)
    {
        if (faults.Try(() => DatasetFiles.Find(path)) is not { } files) return;
        faults.Try(() => files.Train);
        faults.Try(() => files.Evaluation);
    }

    private static string Absolute(string path) => Directory.Exists(path) || DatasetFiles.Exists(path) ? Path.GetFullPath(path) : path;

    private static bool IsHere(
        string option, string path, Func<string, bool> exists, string wanted, bool remote, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(path) || exists(path)) return !string.IsNullOrWhiteSpace(path);
        if (File.Exists(path)) faults.Add($"{option} is '{path}', which is a file; allowed is {wanted}");
        else if (!remote)
            faults.Add($"{option} is '{path}', which is not there; allowed is {wanted}, or a name at the hub{WhyNoName(option, path)}");
        else if (!Path.IsPathFullyQualified(path))
            faults.Add($"{option} is '{path}', which is not on this machine; allowed is then an absolute path on the silos, "
                + $"or a name at the hub{WhyNoName(option, path)}");
        return false;
    }

    /// <summary>Said of what looks like a name but is none.</summary>
    private static string WhyNoName(string option, string path) => !Path.IsPathRooted(path) && !path.StartsWith('.')
        && !HubReference.TryParse(path, option == "model" ? HubKind.Model : HubKind.Dataset, out _, out string? fault) ? $" ({fault})" : "";
}
