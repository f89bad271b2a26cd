using System.Text.RegularExpressions;

namespace LoraCluster.Data;

/// <summary>The formats of data sets; the ending of a file's name says which it has.</summary>
public enum DatasetFormat
{
    /// <summary><c>.tsv</c>: GLUE's, see <see cref="GlueTsv"/>.</summary>
    Tsv,

    /// <summary><c>.csv</c>: RFC 4180 in UTF-8, with a header.</summary>
    Csv,

    /// <summary><c>.jsonl</c> or <c>.json</c>: an object a line.</summary>
    Json,

    /// <summary><c>.parquet</c>.</summary>
    Parquet,

    /// <summary><c>.txt</c>: a file is one text without a label, for language models.</summary>
    Text,
}

/// <summary>The files of a split.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Format">Format of all of them.</param>
/// <param name="Files">Their paths, in order.</param>
public sealed record SplitFiles(string Name, DatasetFormat Format, IReadOnlyList<string> Files);

/// <summary>
/// Where a data set's splits are: <c>SPLIT.ENDING</c> or <c>SPLIT-00000-of-0000N.ENDING</c>, in the folder or in its folder <c>data</c>;
/// or one file, which is the training split.
/// </summary>
public sealed partial class DatasetFiles
{
    private static readonly Dictionary<string, DatasetFormat> Formats = new(StringComparer.Ordinal)
    {
        [".tsv"] = DatasetFormat.Tsv, [".csv"] = DatasetFormat.Csv, [".jsonl"] = DatasetFormat.Json, [".json"] = DatasetFormat.Json,
        [".parquet"] = DatasetFormat.Parquet, [".txt"] = DatasetFormat.Text,
    };

    private readonly IReadOnlyList<string> folders;
    private readonly string? file;

    private DatasetFiles(string path, IReadOnlyList<string> folders, string? file) =>
        (Path, this.folders, this.file) = (path, folders, file);

    /// <summary>Endings of the files that are read.</summary>
    public static IReadOnlyCollection<string> Endings => Formats.Keys;

    /// <summary>Names of the split for evaluation; the first that is there counts.</summary>
    public static IReadOnlyList<string> EvaluationNames { get; } = ["dev", "validation", "valid", "test"];

    /// <summary>The data set, as it was given.</summary>
    public string Path { get; }

    /// <summary>Whether the data set is one file, which holds the training split alone.</summary>
    public bool IsOneFile => file is not null;

    /// <summary>The training split.</summary>
    /// <exception cref="UserErrorException">It is not there, or in two forms.</exception>
    public SplitFiles Train => Split("train");

    /// <summary>The split for evaluation: the first of <see cref="EvaluationNames"/> that is there.</summary>
    /// <exception cref="UserErrorException">None is there, or one in two forms.</exception>
    public SplitFiles Evaluation
    {
        get
        {
            if (file is not null && FormatOf(file) == DatasetFormat.Text) return new SplitFiles("train", DatasetFormat.Text, [file]);
            if (file is not null) throw new UserErrorException($"{Path} is one file, the training split; allowed is a folder with two: "
                + $"train and {string.Join(" or ", EvaluationNames)}");
            return EvaluationNames.Select(Search).FirstOrDefault(split => split is not null) ?? throw Missing(
                $"split to evaluate on: {string.Join(", ", EvaluationNames)}", EvaluationNames[0]);
        }
    }

    /// <summary>All files that training reads.</summary>
    /// <exception cref="UserErrorException">A split is not there, or in two forms.</exception>
    public IReadOnlyList<string> Files => [.. Train.Files.Concat(Evaluation.Files).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether there is something at a path that <see cref="Find"/> takes.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || SubsetOf(path) is not null;

    /// <summary>The data set at a path.</summary>
    /// <param name="path">A folder; FOLDER:SUBSET, for the folder SUBSET in it or in its folder <c>data</c>; or a file.</param>
    /// <exception cref="UserErrorException">There is nothing.</exception>
    public static DatasetFiles Find(string path)
    {
        if (Directory.Exists(path)) return new DatasetFiles(path, WithData(path), null);
        if (File.Exists(path))
        {
            return Formats.ContainsKey(EndingOf(path)) ? new DatasetFiles(path, [], path)
                : throw new UserErrorException($"{path} is no data set; allowed are {string.Join(", ", Endings)}");
        }
        return SubsetOf(path) is { } subset ? new DatasetFiles(path, WithData(subset), null)
            : throw new UserErrorException($"there is no folder {path}");
    }

    /// <summary>A split by its name.</summary>
    /// <exception cref="UserErrorException">It is not there, or in two forms.</exception>
    public SplitFiles Split(string name) => Search(name) ?? throw Missing($"split {name}", name);

    /// <summary>Whether a split is there.</summary>
    /// <exception cref="UserErrorException">It is there in two forms.</exception>
    public bool Has(string name) => Search(name) is not null;

    /// <summary>Whether there is any file that may be a split, whole or not.</summary>
    public bool HasSplits => file is not null || folders.SelectMany(Directory.EnumerateFiles).Any(path =>
    {
        string name = System.IO.Path.GetFileName(path);
        if (!Formats.ContainsKey(EndingOf(name))) return false;
        Match part = Part().Match(name);
        string split = part.Success ? part.Groups["split"].Value : System.IO.Path.GetFileNameWithoutExtension(name);
        return split == "train" || EvaluationNames.Contains(split);
    });

    private SplitFiles? Search(string name)
    {
        if (file is not null) return name == "train" ? new SplitFiles(name, FormatOf(file), [file]) : null;
        List<SplitFiles> found = [];
        foreach (string folder in folders)
        {
            string[] files = [.. Directory.EnumerateFiles(folder).Where(path => Formats.ContainsKey(EndingOf(path)))];
            found.AddRange(files.Where(path => System.IO.Path.GetFileNameWithoutExtension(path) == name)
                .Select(path => new SplitFiles(name, FormatOf(path), [path])));
            found.AddRange(files.Where(path => Part().Match(System.IO.Path.GetFileName(path)) is { Success: true } part
                && part.Groups["split"].Value == name).GroupBy(EndingOf).Select(parts => Join(name, [.. parts])));
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Files[0], b.Files[0]));
        return found.Count <= 1 ? found.FirstOrDefault() : throw new UserErrorException(
            $"{Path} has the split {name} twice: {found[0].Files[0]} and {found[1].Files[0]}; allowed is one form");
    }

    private static SplitFiles Join(string name, string[] parts)
    {
        Array.Sort(parts, StringComparer.Ordinal);
        Match[] matches = [.. parts.Select(path => Part().Match(System.IO.Path.GetFileName(path)))];
        string total = matches[0].Groups["of"].Value;
        bool whole = total == FormattableString.Invariant($"{parts.Length:d5}") && matches.Index().All(part =>
            part.Item.Groups["of"].Value == total && part.Item.Groups["part"].Value == FormattableString.Invariant($"{part.Index:d5}"));
        return whole ? new SplitFiles(name, FormatOf(parts[0]), parts) : throw new UserErrorException(
            $"{System.IO.Path.GetDirectoryName(parts[0])} has not each part of the split {name} just once: "
            + string.Join(", ", parts.Take(10).Select(System.IO.Path.GetFileName)));
    }

    private UserErrorException Missing(string what, string name)
    {
        string[] there = [.. folders.SelectMany(Directory.EnumerateFiles).Where(path => Formats.ContainsKey(EndingOf(path)))
            .Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal).Take(20)];
        string forms = string.Join(", ", Endings.Select(ending => name + ending));
        return new UserErrorException($"{Path} has no {what} ({forms}); there: {(there.Length > 0 ? string.Join(", ", there) : "none")}");
    }

    private static string? SubsetOf(string path)
    {
        int colon = path.LastIndexOf(':');
        if (colon <= 0 || colon == path.Length - 1) return null;
        string folder = path[..colon], subset = path[(colon + 1)..];
        if (subset is "." or ".." || subset.AsSpan().IndexOfAny('/', '\\') >= 0) return null;
        return ((string[])[System.IO.Path.Combine(folder, subset), System.IO.Path.Combine(folder, "data", subset)])
            .FirstOrDefault(Directory.Exists);
    }

    private static string[] WithData(string folder)
    {
        string data = System.IO.Path.Combine(folder, "data");
        return Directory.Exists(data) ? [folder, data] : [folder];
    }

    private static string EndingOf(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant();

    private static DatasetFormat FormatOf(string path) => Formats[EndingOf(path)];

    /// <summary>Hugging Face's names of parts, some with a hash at the end.</summary>
    [GeneratedRegex(@"^(?<split>[^.]+)-(?<part>\d{5})-of-(?<of>\d{5})(-[0-9a-f]+)?\.[^.]+$")]
    private static partial Regex Part();
}
