namespace LoraCluster.Hub;

/// <summary>How much of a model's repository is wanted.</summary>
public enum HubPart
{
    /// <summary>All that training needs.</summary>
    All,

    /// <summary>The tokenizer's files and the configurations, without weights.</summary>
    Tokenizer,
}

/// <summary>A repository at a commit, on this machine.</summary>
/// <param name="Reference">The reference, pinned to the commit.</param>
/// <param name="Folder">The commit's folder in the cache; it may also hold files that were not asked for here.</param>
/// <param name="Files">Paths in it that were asked for; all of them are whole.</param>
public sealed record HubSnapshot(HubReference Reference, string Folder, IReadOnlyList<string> Files)
{
    /// <summary>What a reader is given: a model's folder; the deepest folder that holds all files of a data set.</summary>
    public string Content => Reference.Kind == HubKind.Model ? Folder
        : Path.Combine(Folder, Path.Combine(DatasetSelection.FolderOf(Files).Split('/')));

    /// <summary>
    /// Sees to it that what is needed of a repository is in the cache. A commit whose files are here is never asked for; a branch or tag
    /// is looked up each time, and where the hub cannot be reached its last known commit is used, with a notice.
    /// </summary>
    /// <param name="reference">The repository.</param>
    /// <param name="options">The hub and the cache.</param>
    /// <param name="progress">Told how far it is; called on whatever thread works.</param>
    /// <param name="time">The clock of all waits; null: the system's.</param>
    /// <param name="part">How much of a model is wanted.</param>
    /// <param name="cancellationToken">Ends it; what came is kept for the next time.</param>
    /// <exception cref="UserErrorException">It cannot be had; the message says why and what to do.</exception>
    public static async Task<HubSnapshot> EnsureAsync(HubReference reference, HubOptions options, IProgress<HubProgress>? progress = null,
        TimeProvider? time = null, HubPart part = HubPart.All, CancellationToken cancellationToken = default)
    {
        using var fetch = new SnapshotFetch(reference, part, options, new HubMeter(reference, progress), time ?? TimeProvider.System);
        try { return await fetch.RunAsync(cancellationToken); }
        catch (HubException e) { throw new UserErrorException(e.Message, e); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(DiskFault.Of(e, options), e);
        }
    }

    /// <summary>The folder of a path or a name: a path, and a name that is a folder here, are taken as they are and the hub is not asked;
    /// any other name is looked up by <see cref="EnsureAsync"/>.</summary>
    /// <param name="pathOrName">The path or name.</param>
    /// <param name="kind">What it stands for.</param>
    /// <param name="options">The hub and the cache, where they are needed.</param>
    /// <param name="progress">Told how far a download is.</param>
    /// <param name="cancellationToken">Ends a download.</param>
    /// <exception cref="UserErrorException">It cannot be had.</exception>
    public static async Task<string> FolderOfAsync(string pathOrName, HubKind kind, Func<HubOptions> options,
        IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Path.Exists(pathOrName) || !HubReference.TryParse(pathOrName, kind, out HubReference? reference, out _)) return pathOrName;
        return (await EnsureAsync(reference, options(), progress, cancellationToken: cancellationToken)).Content;
    }

    /// <summary>The repository's name for people and for files: of a pinned reference, or of a folder in a cache; null for anything
    /// else.</summary>
    public static string? NameOf(string pathOrReference)
    {
        string[] parts = Path.TrimEndingDirectorySeparator(pathOrReference).Split('/', '\\');
        int at = Array.LastIndexOf(parts, "snapshots");
        if (at > 0 && at + 1 < parts.Length && HubReference.IsCommit(parts[at + 1])
            && parts[at - 1].Split("--", 2) is ["models" or "datasets", var name]) return name.Replace("--", "/", StringComparison.Ordinal);
        return !Path.IsPathRooted(pathOrReference) && HubReference.TryParse(pathOrReference, HubKind.Dataset, out var reference, out _)
            && reference.IsPinned ? reference.Repository : null;
    }
}
