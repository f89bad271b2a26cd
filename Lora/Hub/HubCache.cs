using System.Text.Json;

namespace LoraCluster.Hub;

/// <summary>
/// One repository's folder in the cache, in the layout of huggingface_hub, so that either finds what the other has downloaded:
/// <c>blobs/ETAG</c> holds the bytes, <c>snapshots/COMMIT/PATH</c> are relative links to them, <c>refs/REVISION</c> names a commit,
/// <c>.no_exist/COMMIT/PATH</c> marks what a commit lacks. Besides, <c>.files/COMMIT</c> lists a commit's files, a path a line.
/// </summary>
public sealed class HubCache
{
    private readonly string _root, _locks;
    private readonly bool _symlinks;

    /// <param name="options">Says where the cache is.</param>
    /// <param name="reference">The repository.</param>
    public HubCache(HubOptions options, HubReference reference)
    {
        string name = (reference.Kind == HubKind.Model ? "models--" : "datasets--")
            + reference.Repository.Replace("/", "--", StringComparison.Ordinal);
        (_root, _locks, _symlinks) = (Path.Combine(options.CacheFolder, name), Path.Combine(options.CacheFolder, ".locks", name),
            options.Symlinks);
    }

    /// <summary>The repository's folder.</summary>
    public string Folder => _root;

    /// <summary>The folder of a commit's files.</summary>
    public string SnapshotOf(string commit) => Path.Combine(_root, "snapshots", commit);

    /// <summary>Where a file of a commit is or would be.</summary>
    public string PathOf(string commit, string file) => Path.Combine(SnapshotOf(commit), Path.Combine(file.Split('/')));

    /// <summary>Where the bytes of an ETag are or would be.</summary>
    public string BlobOf(string etag) => Path.Combine(_root, "blobs", etag);

    /// <summary>The lock that whoever downloads an ETag holds.</summary>
    internal string LockOf(string etag) => Path.Combine(_locks, etag + ".lock");

    /// <summary>The commit that a revision stood for when it was last looked up; null: not known.</summary>
    public string? CommitOf(string revision)
    {
        if (HubReference.IsCommit(revision)) return revision;
        string path = RefOf(revision);
        return File.Exists(path) && File.ReadAllText(path).Trim() is var commit && HubReference.IsCommit(commit) ? commit : null;
    }

    /// <summary>The files of a commit: as the hub listed them, else those at hand. Null: nothing of the commit is here.</summary>
    public IReadOnlyList<string>? FilesOf(string commit)
    {
        if (File.Exists(ListingOf(commit))) return File.ReadAllLines(ListingOf(commit));
        if (PythonListing(commit) is { } listed) return listed;
        string folder = SnapshotOf(commit);
        return !Directory.Exists(folder) ? null
            : [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))];
    }

    /// <summary>True if the commit's whole list of files is known without asking.</summary>
    internal bool KnowsFilesOf(string commit) => File.Exists(ListingOf(commit)) || PythonListing(commit) is not null;

    /// <summary>Keeps the commit that a revision stands for.</summary>
    internal void RememberCommit(string revision, string commit)
    {
        if (CommitOf(revision) != commit) WriteWhole(RefOf(revision), commit);
    }

    /// <summary>Keeps the files of a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="files">All its files.</param>
    /// <param name="wanted">Files that a reader looks for; those that are not there are marked as such.</param>
    internal void RememberFiles(string commit, IReadOnlyList<string> files, IEnumerable<string> wanted)
    {
        WriteWhole(ListingOf(commit), string.Join('\n', files));
        foreach (string absent in wanted.Except(files, StringComparer.Ordinal))
        {
            string path = Path.Combine(_root, ".no_exist", commit, absent);
            if (!File.Exists(path)) WriteWhole(path, "");
        }
    }

    /// <summary>Puts a whole blob into a commit's folder: as a link; as a file where links cannot be made.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file's path in it.</param>
    /// <param name="etag">The blob.</param>
    /// <param name="isNew">True if nothing else refers to the blob: it is moved then, not copied, where links cannot be made.</param>
    internal void Link(string commit, string file, string etag, bool isNew)
    {
        string pointer = PathOf(commit, file), blob = BlobOf(etag), folder = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(folder);
        string next = $"{pointer}.{Guid.NewGuid():n}.tmp";
        if (_symlinks && TryLink(next, Path.GetRelativePath(folder, blob))) File.Move(next, pointer, overwrite: true);
        else if (isNew) File.Move(blob, pointer, overwrite: true);
        else
        {
            File.Copy(blob, next);
            File.Move(next, pointer, overwrite: true);
        }
    }

    private static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException) { return false; }
    }

    private string RefOf(string revision) => Path.Combine(_root, "refs", Path.Combine(revision.Split('/')));

    private string ListingOf(string commit) => Path.Combine(_root, ".files", commit);

    // Whoever reads it meets the old content or the new one, never a part.
    private static void WriteWhole(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string next = $"{path}.{Guid.NewGuid():n}.tmp";
        File.WriteAllText(next, text);
        File.Move(next, path, overwrite: true);
    }

    /// <summary>The listing that newer versions of huggingface_hub keep.</summary>
    private List<string>? PythonListing(string commit)
    {
        string path = Path.Combine(_root, "trees", commit + ".json");
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.GetProperty("files").EnumerateObject().Select(file => file.Name)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException) { return null; }
    }
}
