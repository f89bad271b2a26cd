namespace LoraCluster.Hub;

/// <summary>Which of a repository's files are needed: some must be read before the others are known.</summary>
internal interface IHubSelection
{
    /// <summary>Files whose presence or absence matters to a reader, whatever the repository.</summary>
    IEnumerable<string> Wanted { get; }

    /// <summary>Files to be read first.</summary>
    IReadOnlyList<string> First(IReadOnlyList<string> files);

    /// <summary>All files that are needed.</summary>
    /// <param name="files">All that there are.</param>
    /// <param name="pathOf">Where one of the first files is on disk.</param>
    /// <param name="note">Told what is remarkable.</param>
    /// <exception cref="HubException">The repository has not what is needed.</exception>
    IReadOnlyList<string> Needed(IReadOnlyList<string> files, Func<string, string> pathOf, Action<string> note);
}
