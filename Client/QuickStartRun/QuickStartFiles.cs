using LoraCluster.ServiceDefaults;

namespace LoraCluster.Client.QuickStartRun;

/// <summary>
/// Writes the built-in base model and the generated data set to the user's cache. What is there already and has the same bytes stays:
/// a run may be reading it.
/// </summary>
/// <param name="baseFolder">The built-in base model's files, beside the program.</param>
/// <param name="writeDataset">Writes the data set's files to a folder.</param>
/// <param name="cacheFolder">Where to write; null: the user's cache.</param>
internal sealed class QuickStartFiles(string baseFolder, Action<string> writeDataset, string? cacheFolder = null) : IQuickStartFiles
{
    public QuickStartFolders Write()
    {
        if (!Directory.Exists(baseFolder))
            throw new ClientException(ExitCodes.Failed, $"the built-in base model is not where it should be: {baseFolder}");
        string root = cacheFolder ?? UserCache();
        string model = Path.Combine(root, "model"), dataset = Path.Combine(root, "dataset");
        try
        {
            CopyIfDifferent(baseFolder, model);
            string fresh = Directory.CreateTempSubdirectory("loracluster-quickstart-").FullName;
            try
            {
                writeDataset(fresh);
                CopyIfDifferent(fresh, dataset);
            }
            finally { Directory.Delete(fresh, recursive: true); }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClientException(ExitCodes.Failed, $"cannot write the quick start's files to '{root}': {e.Message}", e);
        }
        return new QuickStartFolders(model, dataset);
    }

    private static void CopyIfDifferent(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
            WriteIfDifferent(Path.Combine(to, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static void WriteIfDifferent(string path, byte[] bytes)
    {
        if (File.Exists(path) && new FileInfo(path).Length == bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return;
        string fresh = $"{path}.{Environment.ProcessId}.new";
        File.WriteAllBytes(fresh, bytes);
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>By the XDG base directories on Linux, else the local application data; or a temporary folder.</summary>
    private static string UserCache()
    {
        string folder = Path.Combine(BaseOfCaches(), "loracluster");
        bool usable = Path.IsPathRooted(folder) && UserFolders.TryCreatePrivate(folder);
        return Path.Combine(usable ? folder : UserFolders.Temporary, "quickstart");
    }

    private static string BaseOfCaches()
    {
        const Environment.SpecialFolderOption asItIs = Environment.SpecialFolderOption.DoNotVerify;
        if (!OperatingSystem.IsLinux()) return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, asItIs);
        // The specification: a relative path in this variable is to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given)) return given;
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, asItIs), ".cache");
    }
}
