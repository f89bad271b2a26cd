namespace LoraCluster.Hub;

/// <summary>A file as the hub announces it.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="ETag">Names its content: SHA-256 of a large file, git's SHA-1 of a small one.</param>
/// <param name="Size">Bytes; null where the hub does not say.</param>
internal sealed record HubFile(string Path, string ETag, long? Size);

/// <summary>A revision as the hub lists it.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Files">All its files.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Files);

/// <summary>A file's bytes on their way.</summary>
/// <param name="Response">The answer; disposed with this.</param>
/// <param name="Body">Its body.</param>
/// <param name="Offset">The byte of the file that the body begins with.</param>
internal sealed record HubBody(HttpResponseMessage Response, Stream Body, long Offset) : IDisposable
{
    public void Dispose()
    {
        Body.Dispose();
        Response.Dispose();
    }
}
