using System.Globalization;

namespace LoraCluster.Data;

/// <summary>The rows of one split of a data set, in the order of its file.</summary>
public sealed class TextDataset
{
    private readonly List<TextExample> examples;

    internal TextDataset(string path, bool hasLabels, List<TextExample> examples)
    {
        Path = path;
        HasLabels = hasLabels;
        this.examples = examples;
    }

    /// <summary>The file that it was read from.</summary>
    public string Path { get; }

    /// <summary>Whether each row has a label.</summary>
    public bool HasLabels { get; }

    /// <summary>The rows. Row i stands in line i + 2 of the file.</summary>
    public IReadOnlyList<TextExample> Examples => examples;

    /// <summary>Number of rows, at least 1.</summary>
    public int Count => examples.Count;

    /// <summary>One more than the largest label; 0 without labels.</summary>
    public int LabelCount => HasLabels ? examples.Max(example => example.Label) + 1 : 0;

    /// <summary>Reads the split <c>SPLIT.tsv</c> of a folder in GLUE's layout; see <see cref="GlueTsv"/> for the format.</summary>
    /// <param name="folder">Folder with <c>train.tsv</c>, <c>dev.tsv</c> and, without labels, <c>test.tsv</c>.</param>
    /// <param name="split">Name of the file without its ending: <c>train</c>, <c>dev</c>, <c>test</c>.</param>
    /// <param name="maxExamples">Read only the first rows, this many; null for all.</param>
    /// <exception cref="UserErrorException">The folder or the file is not there, or the file has faults.</exception>
    public static TextDataset Load(string folder, string split, int? maxExamples = null)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"there is no folder {folder}");
        string path = System.IO.Path.Combine(folder, split + ".tsv");
        if (!File.Exists(path))
        {
            IEnumerable<string?> names = Directory.EnumerateFiles(folder, "*.tsv").Select(System.IO.Path.GetFileName);
            string there = string.Join(", ", names.Order(StringComparer.Ordinal));
            throw new UserErrorException($"{folder} has no {split}.tsv; TSV files there: {(there.Length > 0 ? there : "none")}");
        }
        return GlueTsv.Read(path, maxExamples);
    }

    /// <summary>Checks that each row has a label that a model with this many classes knows.</summary>
    /// <param name="numLabels">The model's classes, 1 or more.</param>
    /// <exception cref="UserErrorException">There are no labels, or one is too large: the message names file, line and label.</exception>
    public void RequireLabelsBelow(int numLabels)
    {
        if (!HasLabels) throw new UserErrorException($"{Path} has no column \"label\"");
        int[] wrong = [.. Enumerable.Range(0, Count).Where(i => examples[i].Label >= numLabels)];
        if (wrong.Length == 0) return;
        string more = wrong.Length == 1 ? "" : $" (and {Format(wrong.Length - 1)} more rows like it)";
        throw new UserErrorException($"{Path}, line {Format(wrong[0] + 2)}: label {Format(examples[wrong[0]].Label)}{more}; "
            + $"the model has {Format(numLabels)} labels, 0 to {Format(numLabels - 1)}");
    }

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);
}
