namespace LoraCluster.Data;

/// <summary>The rows that a finished model is evaluated on.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Name">The split's name; of a labelled file by itself, <c>all</c>.</param>
/// <param name="Files">All files that were read: the training split's too, where it says what the labels mean.</param>
/// <param name="Notices">What was decided, for people.</param>
public sealed record EvaluationSplit(TextDataset Rows, string Name, IReadOnlyList<string> Files, IReadOnlyList<string> Notices)
{
    /// <summary>Stands for every row of a data set that is one file.</summary>
    public const string All = "all";

    /// <summary>Reads the rows.</summary>
    /// <param name="path">A folder, FOLDER:SUBSET, or a file: of a text file the last tenth, as training holds it out, of others every
    /// row.</param>
    /// <param name="split">Another split, as <c>test</c> or <c>train</c>; of a file <see cref="All"/>; null: the one that training
    /// evaluates on.</param>
    /// <param name="maxExamples">Only the first rows, this many; null: all.</param>
    /// <param name="columns">The columns that are read; null: by their usual names.</param>
    /// <exception cref="UserErrorException">The split is missing or has faults.</exception>
    public static EvaluationSplit Load(string path, string? split = null, int? maxExamples = null, TextColumns? columns = null)
    {
        columns ??= TextColumns.Default;
        var files = DatasetFiles.Find(path);
        if (files.IsOneFile) return OfFile(files.Train, path, split, maxExamples, columns);
        SplitFiles wanted = split is null ? files.Evaluation : files.Split(split);
        // The places of labels that are texts are those of the training split.
        TextDataset? training = wanted.Name != "train" && files.Has("train") && files.Train.Format != DatasetFormat.Text
            ? SplitReading.Read(files.Train, columns, null, training: null) : null;
        TextDataset rows = SplitReading.Read(wanted, columns, maxExamples, training);
        return new EvaluationSplit(rows, wanted.Name, [.. (training?.Files ?? []).Concat(rows.Files).Distinct(StringComparer.Ordinal)],
            [$"evaluated on the split {wanted.Name}: {rows.Path}"]);
    }

    private static EvaluationSplit OfFile(SplitFiles file, string path, string? split, int? maxExamples, TextColumns columns)
    {
        if (split is not (null or All)) throw new UserErrorException($"split is '{split}'; allowed for one file is {All}");
        if (file.Format == DatasetFormat.Text && split is null)
        {
            SplitReading.RequireNoColumns(columns, path);
            return new EvaluationSplit(SplitReading.CutDocument(path).Evaluation, "train", [path],
                [$"evaluated on the last tenth of {path}, as training holds it out; --split {All} takes the whole text"]);
        }
        TextDataset rows = SplitReading.Read(file, columns, maxExamples, training: null);
        return new EvaluationSplit(rows, All, rows.Files, []);
    }
}
