using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Data;
using LoraCluster.Tokenizers;

namespace LoraCluster.Client.Inspection;

/// <summary>A data set in GLUE's TSV format: rows, labels, lengths, and what the splits share.</summary>
internal static class DatasetInspection
{
    private static readonly string[] Required = ["train", "dev"];
    private static readonly string[] Optional = ["test"];

    public static InspectionReport OfFolder(string folder, string? modelFolder)
    {
        var report = new InspectionReport("dataset", folder);
        ITextTokenizer? tokenizer = TokenizerOf(report, modelFolder);
        var splits = new Dictionary<string, TextDataset>(StringComparer.Ordinal);
        foreach (string split in Required.Concat(Optional.Where(name => File.Exists(Path.Combine(folder, name + ".tsv")))))
        {
            if (report.Faults.Try(() => TextDataset.Load(folder, split)) is not { } rows) continue;
            splits[split] = rows;
            AddSplit(report, split, rows, tokenizer);
            if (Required.Contains(split) && !rows.HasLabels) report.Faults.Add($"{rows.Path} has no column \"label\"");
        }
        if (!splits.TryGetValue("train", out TextDataset? train) || !splits.TryGetValue("dev", out TextDataset? dev)) return report;
        Compare(report, train, dev);
        report.Add(Fact.Of("content hash", "contentHash", ContentHasher.OfDataset(folder)));
        return report;
    }

    public static InspectionReport OfFile(string path, string? modelFolder)
    {
        var report = new InspectionReport("dataset", path);
        ITextTokenizer? tokenizer = TokenizerOf(report, modelFolder);
        string split = Path.GetFileNameWithoutExtension(path);
        if (report.Faults.Try(() => GlueTsv.Read(path)) is { } rows) AddSplit(report, split, rows, tokenizer);
        return report;
    }

    private static ITextTokenizer? TokenizerOf(InspectionReport report, string? modelFolder) =>
        modelFolder is null ? null : report.Faults.Try(() => TokenizerFolder.Load(modelFolder));

    private static void AddSplit(InspectionReport report, string split, TextDataset rows, ITextTokenizer? tokenizer)
    {
        report.Add(Fact.Count($"{split}: rows", $"{split}Rows", rows.Count));
        if (rows.HasLabels)
        {
            int[] counts = new int[rows.LabelCount];
            foreach (TextExample example in rows.Examples) counts[example.Label]++;
            string Share(int count) => Figures.Percent((double)count / rows.Count);
            string text = string.Join(", ", counts.Select((count, label) => $"{label}: {Figures.Count(count)} ({Share(count)})"));
            report.Add(new Fact(
                $"{split}: rows by label", text, line => line.Add($"{split}RowsByLabel", counts.Select(count => (long)count))));
            string absent = string.Join(", ", Enumerable.Range(0, counts.Length).Where(label => counts[label] == 0));
            if (absent.Length > 0) report.Notices.Add($"{split}: no row has the label {absent}, but one has {counts.Length - 1}");
        }
        int empty = rows.Examples.Count(example => example.Text.Length == 0);
        if (empty > 0) report.Notices.Add($"{split}: {Figures.Count(empty)} sentences are empty");
        int repeated = rows.Count - rows.Examples.Select(example => example.Text).Distinct(StringComparer.Ordinal).Count();
        if (repeated > 0) report.Notices.Add($"{split}: {Figures.Count(repeated)} sentences occur before");
        if (tokenizer is not null) AddLengths(report, split, rows, tokenizer);
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

    private static void Compare(InspectionReport report, TextDataset train, TextDataset dev)
    {
        HashSet<string> known = train.Examples.Select(example => example.Text).ToHashSet(StringComparer.Ordinal);
        int shared = dev.Examples.Count(example => known.Contains(example.Text));
        if (shared > 0) report.Notices.Add($"{Figures.Count(shared)} sentences of dev occur in train");
        if (train.HasLabels && dev.HasLabels && dev.LabelCount > train.LabelCount)
            report.Notices.Add($"dev has labels up to {dev.LabelCount - 1}, train only up to {train.LabelCount - 1}");
    }
}
