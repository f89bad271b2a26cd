using System.Globalization;

namespace LoraCluster.Data;

/// <summary>The rows of one split of a data set, in the order of its files.</summary>
public sealed class TextDataset
{
    private readonly IReadOnlyList<DatasetPart> parts;
    private readonly IReadOnlyList<int> rows;
    private readonly List<TextExample> examples;

    /// <param name="parts">Its files.</param>
    /// <param name="rows">The line or row of each example in its file.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="hasLabels">Whether each has a label.</param>
    /// <param name="labelNames">Names of the labels 0, 1, ..., where they have any.</param>
    internal TextDataset(IReadOnlyList<DatasetPart> parts, IReadOnlyList<int> rows, List<TextExample> examples, bool hasLabels,
        IReadOnlyList<string>? labelNames)
    {
        (this.parts, this.rows, this.examples) = (parts, rows, examples);
        (HasLabels, LabelNames) = (hasLabels, hasLabels ? labelNames : null);
    }

    /// <summary>The texts of the rows.</summary>
    public IReadOnlyList<string> Texts => [.. examples.Select(example => example.Text)];

    /// <summary>The (first) file that it was read from.</summary>
    public string Path => parts[0].Path;

    /// <summary>All files that it was read from.</summary>
    public IReadOnlyList<string> Files => [.. parts.Select(part => part.Path)];

    /// <summary>Whether each row has a label.</summary>
    public bool HasLabels { get; }

    /// <summary>The names of the labels 0, 1, ... where the file tells them or has names instead of numbers; else null.</summary>
    public IReadOnlyList<string>? LabelNames { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<TextExample> Examples => examples;

    /// <summary>Number of rows, at least 1.</summary>
    public int Count => examples.Count;

    /// <summary>Number of <see cref="LabelNames"/>, else one more than the largest label; 0 without labels.</summary>
    public int LabelCount => !HasLabels ? 0 : LabelNames?.Count ?? examples.Max(example => example.Label) + 1;

    /// <summary>Reads a split of a data set, whatever its format (see <see cref="DatasetFiles"/>).</summary>
    /// <param name="path">A folder, or FOLDER:SUBSET, or the file of the training split.</param>
    /// <param name="split">Name of the split: <c>train</c>, <c>dev</c>, <c>test</c>.</param>
    /// <param name="maxExamples">Read only the first rows, this many; null for all.</param>
    /// <param name="columns">The columns that are read; null: by their usual names.</param>
    /// <exception cref="UserErrorException">The folder or the file is not there, or the file has faults.</exception>
    public static TextDataset Load(string path, string split, int? maxExamples = null, TextColumns? columns = null) =>
        SplitReading.Read(DatasetFiles.Find(path).Split(split), columns ?? TextColumns.Default, maxExamples, training: null);

    /// <summary>Checks that each row has a label that a model with this many classes knows.</summary>
    /// <param name="numLabels">The model's classes, 1 or more.</param>
    /// <exception cref="UserErrorException">There are no labels, or one is too large: the message names file, line and label.</exception>
    public void RequireLabelsBelow(int numLabels)
    {
        if (!HasLabels) throw new UserErrorException($"{Path} has no column \"label\"");
        int[] wrong = [.. Enumerable.Range(0, Count).Where(i => examples[i].Label >= numLabels)];
        if (wrong.Length == 0) return;
        string more = wrong.Length == 1 ? "" : $" (and {Format(wrong.Length - 1)} more rows like it)";
        throw new UserErrorException($"{PlaceOf(wrong[0])}: label {Format(examples[wrong[0]].Label)}{more}; "
            + $"the model has {Format(numLabels)} labels, 0 to {Format(numLabels - 1)}");
    }

    /// <summary>File and line of a row.</summary>
    private string PlaceOf(int i)
    {
        DatasetPart part = parts.Last(part => part.First <= i);
        return $"{part.Path}, {part.Unit} {Format(rows[i])}";
    }

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);
}
