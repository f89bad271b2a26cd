namespace LoraCluster.Hub;

/// <summary>The steps of <see cref="HubSnapshot.EnsureAsync"/>: which commit, which files, and those that are not here yet.</summary>
internal sealed class SnapshotFetch(HubReference reference, HubPart part, HubOptions options, HubMeter meter, TimeProvider time)
    : IDisposable
{
    private readonly HubClient _client = new(options, time);
    private readonly HubRetry _retry = new(options, time, meter.Note);
    private readonly HubCache _cache = new(options, reference);
    private readonly IHubSelection _selection = reference.Kind == HubKind.Model ? new ModelSelection(reference, part)
        : new DatasetSelection(reference);

    public async Task<HubSnapshot> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Offline) return Cached() ?? throw NotHere("HF_HUB_OFFLINE is set");
        if (_cache.CommitOf(reference.Revision) is { } known && reference.IsPinned && _cache.KnowsFilesOf(known))
            return Cached() ?? await PullAsync(new HubListing(known, _cache.FilesOf(known)!), cancellationToken);
        HubSnapshot? cached = Cached();
        HubListing listing;
        try
        {
            // With something to fall back on one try is enough.
            listing = await _retry.RunAsync(() => _client.ListAsync(reference, cancellationToken), cached is null ? options.Attempts : 1,
                cancellationToken);
        }
        catch (HubException e) when (e.Fault is HubFault.Unreachable or HubFault.Denied)
        {
            if (cached is null) throw e.Fault == HubFault.Denied ? e : NotHere(e.Message, e);
            meter.Note($"{e.Message}; using {cached.Reference} from {options.CacheFolder}, as it was last looked up");
            return cached;
        }
        TryRemember(() => _cache.RememberFiles(listing.Commit, listing.Files, _selection.Wanted));
        HubSnapshot snapshot = await PullAsync(listing, cancellationToken);
        // Only now: until the new commit is whole, the one before it is what serves without the hub.
        TryRemember(() => _cache.RememberCommit(reference.Revision, listing.Commit));
        return snapshot;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The snapshot, if all of it is here; null if not.</summary>
    private HubSnapshot? Cached()
    {
        if (_cache.CommitOf(reference.Revision) is not { } commit || _cache.FilesOf(commit) is not { } files) return null;
        try
        {
            if (!_selection.First(files).All(file => IsHere(commit, file))) return null;
            IReadOnlyList<string> needed = _selection.Needed(files, file => _cache.PathOf(commit, file), _ => { });
            return needed.All(file => IsHere(commit, file)) ? SnapshotOf(commit, needed) : null;
        }
        catch (HubException) { return null; /* parts of it are missing */ }
    }

    private async Task<HubSnapshot> PullAsync(HubListing listing, CancellationToken cancellationToken)
    {
        HubReference pinned = reference.At(listing.Commit);
        foreach (string file in listing.Files) HubPath.Checked(file, "the list of files");
        await PullAsync(pinned, _selection.First(listing.Files), cancellationToken);
        IReadOnlyList<string> needed = _selection.Needed(listing.Files, file => _cache.PathOf(listing.Commit, file), meter.Note);
        await PullAsync(pinned, needed, cancellationToken);
        return SnapshotOf(listing.Commit, needed);
    }

    private async Task PullAsync(HubReference pinned, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        foreach (string name in names.Where(name => !IsHere(pinned.Revision, name)))
        {
            files.Add(await _retry.RunAsync(
                () => _client.DescribeAsync(pinned, name, cancellationToken), options.Attempts, cancellationToken));
        }
        meter.Expect(files);
        var download = new BlobDownload(_client, _cache, options, _retry, meter, time);
        foreach (HubFile file in files)
        {
            meter.Begin(file);
            bool isNew = await download.FetchAsync(pinned, file, cancellationToken);
            _cache.Link(pinned.Revision, file.Path, file.ETag, isNew);
            meter.End();
        }
    }

    /// <summary>A cache that may only be read serves all the same, as long as nothing has to be brought.</summary>
    private void TryRemember(Action remember)
    {
        try { remember(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { meter.Note(DiskFault.Of(e, options)); }
    }

    private HubException NotHere(string reason, Exception? inner = null)
    {
        string where = $"nothing usable of it is in {_cache.Folder}";
        if (_cache.CommitOf(reference.Revision) is { } commit && _cache.FilesOf(commit) is { } files)
        {
            string folder = _cache.SnapshotOf(commit);
            try
            {
                string[] first = [.. _selection.First(files).Where(file => !IsHere(commit, file))];
                string[] missing = first.Length > 0 ? first : [.. _selection.Needed(files, file => _cache.PathOf(commit, file), _ => { })
                    .Where(file => !IsHere(commit, file))];
                where = $"{folder} lacks {string.Join(", ", missing)}";
            }
            catch (HubException e) { where = $"{folder} is not whole ({e.Message})"; }
        }
        string what = $"the {reference.KindName} '{reference}'";
        return new HubException(HubFault.Unreachable, $"{what} cannot be had: {reason}, and {where}", inner);
    }

    private bool IsHere(string commit, string file) => HubPath.IsSafe(file) && File.Exists(_cache.PathOf(commit, file));

    private HubSnapshot SnapshotOf(string commit, IReadOnlyList<string> files) =>
        new(reference.At(commit), _cache.SnapshotOf(commit), files);
}
