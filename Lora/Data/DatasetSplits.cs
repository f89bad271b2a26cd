namespace LoraCluster.Data;

/// <summary>What a run reads of a data set: the rows to train on, and those to evaluate on.</summary>
/// <param name="Train">The training split.</param>
/// <param name="Evaluation">The split for evaluation; its labels mean what the training split's do.</param>
/// <param name="EvaluationName">Its name: dev, validation, valid or test; train for the end of a single text.</param>
/// <param name="Notices">What was decided, for people.</param>
public sealed record DatasetSplits(TextDataset Train, TextDataset Evaluation, string EvaluationName, IReadOnlyList<string> Notices)
{
    private const int MostNamesShown = 20;

    /// <summary>Reads both splits (see <see cref="DatasetFiles"/> for where they are looked for).</summary>
    /// <param name="path">A folder, FOLDER:SUBSET, or one text file, whose last tenth is then held out.</param>
    /// <param name="maxExamples">Train on the first rows only, this many; null: all.</param>
    /// <param name="columns">The columns that are read; null: by their usual names.</param>
    /// <exception cref="UserErrorException">A split is missing or has faults; or the only one to evaluate on is a test split without
    /// labels.</exception>
    public static DatasetSplits Load(string path, int? maxExamples = null, TextColumns? columns = null)
    {
        columns ??= TextColumns.Default;
        var files = DatasetFiles.Find(path);
        if (files is { IsOneFile: true, Train: { Format: DatasetFormat.Text } document })
        {
            SplitReading.RequireNoColumns(columns, document.Files[0]);
            (TextDataset head, TextDataset tail) = SplitReading.CutDocument(document.Files[0]);
            return new DatasetSplits(head, tail, "train", [$"evaluated on the last tenth of {path}, which is not trained on"]);
        }
        SplitFiles evaluation = files.Evaluation;
        TextDataset train = SplitReading.Read(files.Train, columns, maxExamples, training: null);
        TextDataset held = SplitReading.Read(evaluation, columns, null, train);
        if (evaluation.Name == "test" && train.HasLabels && !held.HasLabels)
        {
            throw new UserErrorException($"{held.Path} has no labels, and {path} has no other split to evaluate on; "
                + $"allowed are {string.Join(", ", DatasetFiles.EvaluationNames.SkipLast(1))}");
        }
        List<string> notices = [];
        if (evaluation.Name != "dev") notices.Add($"evaluated on the split {evaluation.Name}: {held.Path}");
        if (train.LabelNames is { } names) notices.Add("labels: " + string.Join(", ", names.Take(MostNamesShown).Select(
            (name, i) => FormattableString.Invariant($"{i} = {name}"))) + (names.Count > MostNamesShown ? ", ..." : ""));
        return new DatasetSplits(train, held, evaluation.Name, notices);
    }
}
