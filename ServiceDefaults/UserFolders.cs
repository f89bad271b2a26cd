namespace LoraCluster.ServiceDefaults;

/// <summary>
/// Where this user's files go: data that should last, and the state of what runs now. On Linux by the XDG base directories, elsewhere
/// in the local application data.
/// </summary>
public static class UserFolders
{
    private const string Name = "loracluster";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Explicit, so that the folders are those at the first use: the app host may give its children another home later.
    static UserFolders()
    {
    }

    /// <summary>The folder for data that should last.</summary>
    public static string Data { get; } = Path.Combine(Base("XDG_DATA_HOME", ".local", "share"), Name);

    /// <summary>The folder for the state of what runs now.</summary>
    public static string State { get; } = Path.Combine(Base("XDG_STATE_HOME", ".local", "state"), Name);

    /// <summary>A folder of the user's own among the temporary files, for where the home cannot be written.</summary>
    public static string Temporary => Path.Combine(Path.GetTempPath(), $"{Name}-{Environment.UserName}");

    /// <summary>Creates the folder for its owner only, or reports that it cannot be used.</summary>
    public static bool TryCreatePrivate(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
                return CanWrite(folder);
            }
            Directory.CreateDirectory(folder, OwnerOnly);
            // Among temporary files anyone could have made the folder: one that is closed to others and that we can write is ours.
            return (File.GetUnixFileMode(folder) & ~OwnerOnly) == 0 && CanWrite(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True if a file can be made in the folder.</summary>
    public static bool CanWrite(string folder)
    {
        string probe = Path.Combine(folder, $".{Path.GetRandomFileName()}");
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Base(string variable, params ReadOnlySpan<string> below)
    {
        if (!OperatingSystem.IsLinux())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        // The specification: a relative path in these variables is to be ignored.
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given && Path.IsPathRooted(given)) return given;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine([home.Length > 0 ? home : Path.GetTempPath(), .. below]);
    }
}
