namespace LoraCluster.Hub;

/// <summary>
/// A data set's files: those that its README names for the subset (<see cref="DatasetCard"/>); where it names none, those in the subset's
/// folder; without a subset, those at the root or in <c>data</c>.
/// </summary>
internal sealed class DatasetSelection(HubReference reference) : IHubSelection
{
    private const string Card = "README.md";
    private static readonly string[] Endings = [".parquet", ".tsv", ".csv", ".jsonl"];

    public IEnumerable<string> Wanted => [Card];

    public IReadOnlyList<string> First(IReadOnlyList<string> files) => files.Contains(Card) ? [Card] : [];

    public IReadOnlyList<string> Needed(IReadOnlyList<string> files, Func<string, string> pathOf, Action<string> note)
    {
        string[] data = [.. files.Where(IsData)];
        IReadOnlyList<DatasetSubset> subsets = files.Contains(Card) ? SubsetsOf(pathOf(Card), note) : [];
        string[] chosen = [.. Chosen(subsets, data)];
        if (chosen.Length > 0) return chosen;
        string where = reference.Subset is { } subset ? $" for the subset '{subset}'" : " at its root or in data/";
        string folders = string.Join(", ", data.Where(file => file.Contains('/', StringComparison.Ordinal))
            .Select(file => file.Split('/')[0]).Distinct());
        throw new HubException(HubFault.Missing, $"the data set '{reference.Repository}' has no {string.Join(", ", Endings)} file{where}; "
            + (folders.Length > 0 ? $"folders with such files (name one as '{reference.Repository}:FOLDER'): {folders}"
                : $"it holds {ModelSelection.ListOf(files)}"));
    }

    /// <summary>The deepest folder that holds all data files: what a reader is given.</summary>
    public static string FolderOf(IEnumerable<string> files)
    {
        string[][] folders = [.. files.Where(IsData).Select(file => file.Split('/')[..^1])];
        if (folders.Length == 0) return "";
        int depth = 0;
        while (folders.All(folder => folder.Length > depth && folder[depth] == folders[0][depth])) depth++;
        return string.Join('/', folders[0][..depth]);
    }

    private IEnumerable<string> Chosen(IReadOnlyList<DatasetSubset> subsets, string[] data)
    {
        if (subsets.Count == 0) return reference.Subset is null ? AtRoot(data) : InFolder(data, reference.Subset);
        DatasetSubset? named = reference.Subset is { } name ? subsets.FirstOrDefault(subset => subset.Name == name)
            : subsets is [var only] ? only : subsets.FirstOrDefault(subset => subset.IsDefault);
        if (named is not null) return named.Patterns.Count == 0 ? InFolder(data, named.Name) : data.Where(named.Takes);
        string allowed = string.Join(", ", subsets.Select(subset => $"{reference.Repository}:{subset.Name}"));
        throw new HubException(HubFault.Missing, reference.Subset is { } unknown
            ? $"the data set '{reference.Repository}' has no subset '{unknown}'; allowed are {allowed}"
            : $"the data set '{reference.Repository}' has several subsets; name one of {allowed}");
    }

    private static IEnumerable<string> AtRoot(string[] data) => data.Where(file => file.Split('/') is [_] or ["data", _]);

    private static IEnumerable<string> InFolder(string[] data, string subset) => data.Where(file =>
        file.StartsWith(subset + "/", StringComparison.Ordinal) || file.StartsWith($"data/{subset}/", StringComparison.Ordinal));

    private IReadOnlyList<DatasetSubset> SubsetsOf(string path, Action<string> note)
    {
        try { return DatasetCard.Subsets(File.ReadAllText(path)); }
        catch (FormatException e)
        {
            note($"the header of {Card} of '{reference.Repository}' is not used, since it is no YAML: {e.Message}");
            return [];
        }
    }

    private static bool IsData(string file) => Endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
