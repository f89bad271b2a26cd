using LoraCluster.Client.Training;
using LoraCluster.Data;
using LoraCluster.Reports.Words;
using LoraCluster.Tokenizers;

namespace LoraCluster.Client.Inspection;

/// <summary>A data set: rows, labels, lengths, and what the splits share.</summary>
internal static class DatasetInspection
{
    /// <param name="path">A folder, or FOLDER:SUBSET.</param>
    /// <param name="modelFolder">A model whose tokenizer counts the tokens; null: they are not counted.</param>
    /// <param name="columns">The columns that are read.</param>
    public static InspectionReport OfFolder(string path, string? modelFolder, TextColumns columns)
    {
        var report = new InspectionReport("dataset", path);
        ITextTokenizer? tokenizer = TokenizerOf(report, modelFolder);
        if (report.Faults.Try(() => DatasetFiles.Find(path)) is not { } files) return report;
        SplitFiles? evaluation = report.Faults.Try(() => files.Evaluation);
        TextDataset? train = report.Faults.Try(() => SplitReading.Read(files.Train, columns, null, training: null));
        if (train is not null) AddSplit(report, "train", train, tokenizer);
        TextDataset? held = evaluation is null ? null
            : report.Faults.Try(() => SplitReading.Read(evaluation, columns, null, train));
        if (held is not null) AddSplit(report, evaluation!.Name, held, tokenizer);
        if (evaluation is { Name: not "test" })
        {
            report.Faults.Try(() =>
            {
                if (files.Has("test"))
                    AddSplit(report, "test", SplitReading.Read(files.Split("test"), columns, null, train), tokenizer);
            });
        }
        if (train is null || held is null) return report;
        Compare(report, train, held, evaluation!.Name);
        report.Add(Fact.Of("content hash", "contentHash", ContentHasher.OfDataset(path)));
        return report;
    }

    public static InspectionReport OfFile(string path, string? modelFolder, TextColumns columns)
    {
        var report = new InspectionReport("dataset", path);
        ITextTokenizer? tokenizer = TokenizerOf(report, modelFolder);
        string split = Path.GetFileNameWithoutExtension(path);
        if (report.Faults.Try(() => TextDataset.Load(path, "train", columns: columns)) is { } rows)
            AddSplit(report, split, rows, tokenizer);
        return report;
    }

    private static ITextTokenizer? TokenizerOf(InspectionReport report, string? modelFolder) =>
        modelFolder is null ? null : report.Faults.Try(() => TokenizerFolder.Load(modelFolder));

    private static void AddSplit(InspectionReport report, string split, TextDataset rows, ITextTokenizer? tokenizer)
    {
        report.Add(Fact.Count($"{split}: rows", $"{split}Rows", rows.Count));
        report.Add(Fact.Count($"{split}: characters", $"{split}Characters", rows.Examples.Sum(example => (long)example.Text.Length)));
        if (rows.HasLabels) AddLabels(report, split, rows);
        int empty = rows.Examples.Count(example => example.Text.Length == 0);
        if (empty > 0) report.Notices.Add($"{split}: {Figures.Count(empty)} sentences are empty");
        int repeated = rows.Count - rows.Examples.Select(example => example.Text).Distinct(StringComparer.Ordinal).Count();
        if (repeated > 0) report.Notices.Add($"{split}: {Figures.Count(repeated)} sentences occur before");
        if (tokenizer is not null) AddLengths(report, split, rows, tokenizer);
    }

    private static void AddLabels(InspectionReport report, string split, TextDataset rows)
    {
        int[] counts = new int[rows.LabelCount];
        foreach (TextExample example in rows.Examples) counts[example.Label]++;
        string Name(int label) => rows.LabelNames?[label] ?? $"{label}";
        string Share(int count) => Figures.Percent((double)count / rows.Count);
        string text = string.Join(", ", counts.Select((count, label) => $"{Name(label)}: {Figures.Count(count)} ({Share(count)})"));
        report.Add(new Fact(
            $"{split}: rows by label", text, line => line.Add($"{split}RowsByLabel", counts.Select(count => (long)count))));
        if (rows.LabelNames is { } names) report.Add(Fact.List($"{split}: names of labels", $"{split}LabelNames", names));
        string absent = string.Join(", ", Enumerable.Range(0, counts.Length).Where(label => counts[label] == 0).Select(Name));
        if (absent.Length > 0) report.Notices.Add($"{split}: no row has the label {absent}, but one has {Name(counts.Length - 1)}");
    }

    private static void AddLengths(InspectionReport report, string split, TextDataset rows, ITextTokenizer tokenizer)
    {
        EncodedDataset encoded = EncodedDataset.Encode(rows, tokenizer, int.MaxValue);
        int[] lengths = [.. Enumerable.Range(0, encoded.Count).Select(encoded.Length).Order()];
        int unknown = tokenizer.UnknownId is { } id ? Enumerable.Range(0, encoded.Count).Count(i => encoded.Ids(i).Contains(id)) : 0;
        report.Add(
            Fact.Number($"{split}: tokens, mean", $"{split}TokensMean", Math.Round(lengths.Average(), 2)),
            Fact.Count($"{split}: tokens, 99 % of rows", $"{split}Tokens99", lengths[(int)((lengths.Length - 1) * 0.99)]),
            Fact.Count($"{split}: tokens, most", $"{split}TokensMost", lengths[^1]));
        if (unknown > 0) report.Notices.Add($"{split}: {Figures.Count(unknown)} sentences have an unknown token");
    }

    private static void Compare(InspectionReport report, TextDataset train, TextDataset held, string name)
    {
        HashSet<string> known = train.Examples.Select(example => example.Text).ToHashSet(StringComparer.Ordinal);
        int shared = held.Examples.Count(example => known.Contains(example.Text));
        if (shared > 0) report.Notices.Add($"{Figures.Count(shared)} sentences of {name} occur in train");
        if (name != "dev") report.Notices.Add($"a run is evaluated on the split {name}");
        if (!train.HasLabels && !held.HasLabels) report.Notices.Add("there are no labels, as a classifier needs them");
        else if (!train.HasLabels || !held.HasLabels)
            report.Faults.Add($"{(train.HasLabels ? held : train).Path} has no labels; {(train.HasLabels ? train : held).Path} has");
        if (train.HasLabels && held.HasLabels && held.LabelCount > train.LabelCount)
            report.Notices.Add($"{name} has labels up to {held.LabelCount - 1}, train only up to {train.LabelCount - 1}");
    }
}
