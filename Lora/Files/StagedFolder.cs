namespace LoraCluster.Files;

/// <summary>
/// A folder that comes to be whole or not at all: its files are written to a temporary folder beside it, which takes its name at the end.
/// Disposing one that was not completed leaves nothing behind.
/// </summary>
public sealed class StagedFolder : IDisposable
{
    private readonly bool _overwrite;
    private bool _completed;

    private StagedFolder(string path, string temporary, bool overwrite) => (Path, Temporary, _overwrite) = (path, temporary, overwrite);

    /// <summary>The folder that is to be.</summary>
    public string Path { get; }

    /// <summary>Where its files are written meanwhile.</summary>
    public string Temporary { get; }

    /// <summary>Begins a folder.</summary>
    /// <param name="path">The folder; missing parents are made.</param>
    /// <param name="overwrite">Whether a model or adapter folder that is there is replaced as a whole.</param>
    /// <exception cref="UserErrorException">It is there and not empty, or is a file, or cannot be written.</exception>
    public static StagedFolder Begin(string path, bool overwrite)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (FaultOf(full, overwrite) is { } fault) throw new UserErrorException(fault);
        string parent = System.IO.Path.GetDirectoryName(full)
            ?? throw new UserErrorException($"output is '{path}'; allowed is a folder below another");
        string temporary = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        Guarded(full, () => Directory.CreateDirectory(temporary));
        return new StagedFolder(full, temporary, overwrite);
    }

    /// <summary>What stands against writing to a folder, or null. Nothing is changed.</summary>
    public static string? FaultOf(string path, bool overwrite)
    {
        if (File.Exists(path)) return $"output is '{path}', which is a file; allowed is a folder";
        if (!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any()) return null;
        if (!overwrite) return $"output is '{path}', which is there and not empty; allowed is a new folder, or --overwrite";
        // A mistyped path must not cost somebody a folder of other things.
        bool replaceable = !Directory.EnumerateDirectories(path).Any()
            && new[] { "config.json", "adapter_config.json" }.Any(name => File.Exists(System.IO.Path.Combine(path, name)));
        return replaceable ? null
            : $"output is '{path}', which is neither a model's nor an adapter's folder; --overwrite replaces nothing else";
    }

    /// <summary>Creates a file in it; the caller disposes the stream.</summary>
    /// <param name="name">A plain file name.</param>
    /// <exception cref="UserErrorException">The name leads out of the folder, or the file cannot be written.</exception>
    public FileStream Create(string name)
    {
        if (name is "" or "." or ".." || name.AsSpan().IndexOfAny(@"/\:" + '\0') >= 0)
            throw new UserErrorException($"'{name}' is no plain file name");
        FileStream? stream = null;
        Guarded(Path, () => stream = new FileStream(System.IO.Path.Combine(Temporary, name), FileMode.CreateNew, FileAccess.Write));
        return stream!;
    }

    /// <summary>Gives the folder its name.</summary>
    /// <exception cref="UserErrorException">It cannot be written, or somebody wrote there meanwhile.</exception>
    public void Complete()
    {
        if (FaultOf(Path, _overwrite) is { } fault) throw new UserErrorException(fault);
        Guarded(Path, () =>
        {
            string old = Temporary + ".old";
            if (Directory.Exists(Path)) Directory.Move(Path, old);
            try { Directory.Move(Temporary, Path); }
            catch when (Directory.Exists(old))
            {
                Directory.Move(old, Path);
                throw;
            }
            _completed = true;
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        });
    }

    /// <summary>Deletes what was written, unless it is complete.</summary>
    public void Dispose()
    {
        if (!_completed && Directory.Exists(Temporary)) Directory.Delete(Temporary, recursive: true);
    }

    private static void Guarded(string path, Action write)
    {
        try { write(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot write to '{path}': {e.Message}", e);
        }
    }
}
