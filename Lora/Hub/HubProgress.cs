namespace LoraCluster.Hub;

/// <summary>How far a download is.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="File">The file at hand.</param>
/// <param name="FilesDone">Files that are whole.</param>
/// <param name="Files">Files in all that are not in the cache yet.</param>
/// <param name="Bytes">Bytes on disk of those files, with what an earlier, cut download left.</param>
/// <param name="TotalBytes">Bytes of those files; 0 as long as the hub has not told.</param>
/// <param name="Notice">Something to be told beside the figures (a try again, a cached snapshot); null as a rule.</param>
public sealed record HubProgress(string Repository, string File, int FilesDone, int Files, long Bytes, long TotalBytes,
    string? Notice = null);
