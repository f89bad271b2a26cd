using System.Text;
using System.Text.Unicode;

namespace LoraCluster.Data;

/// <summary>From the files of a split to its rows.</summary>
internal static class SplitReading
{
    /// <summary>Bytes of the longest document that is read.</summary>
    private const int LongestDocument = 512 << 20;

    /// <param name="split">Its files, all of one format.</param>
    /// <param name="columns">The columns that are read.</param>
    /// <param name="maxExamples">Read only the first rows, this many; null for all.</param>
    /// <param name="training">The training split, whose names of labels count; null: this is it, or is read by itself.</param>
    public static TextDataset Read(SplitFiles split, TextColumns columns, int? maxExamples, TextDataset? training)
    {
        if (maxExamples is < 1) throw new ArgumentOutOfRangeException(nameof(maxExamples), maxExamples, "must be 1 or more");
        if (split.Format == DatasetFormat.Text)
        {
            RequireNoColumns(columns, split.Files[0]);
            return ReadDocuments(split, maxExamples);
        }
        if (split.Format == DatasetFormat.Tsv)
        {
            if (split.Files.Count > 1)
                throw new UserErrorException($"{split.Files[0]} is a part of a TSV file; allowed is one whole file a split");
            return GlueTsv.Read(split.Files[0], maxExamples, columns);
        }
        var rows = new LabelledRows(columns, maxExamples, training);
        foreach (string file in split.Files)
        {
            using TableFile table = TableFile.Open(file);
            rows.Add(table);
        }
        return rows.ToDataset();
    }

    /// <summary>The one document of a text file cut in two: for training, and the last tenth for evaluation.</summary>
    public static (TextDataset Train, TextDataset Evaluation) CutDocument(string path)
    {
        string text = ReadDocument(path);
        int cut = (int)(text.Length * 9L / 10), line = text.IndexOf('\n', cut);
        if (line >= 0 && line + 1 < text.Length) cut = line + 1;
        else if (cut > 0 && char.IsLowSurrogate(text[cut])) cut--;
        if (cut == 0) throw new UserErrorException($"{path} is too short to hold out a tenth of it");
        return (Document(text[..cut]), Document(text[cut..]));

        TextDataset Document(string part) => Documents([path], [part]);
    }

    /// <summary>Whoever names a column means another file than a text.</summary>
    public static void RequireNoColumns(TextColumns columns, string path)
    {
        if ((columns.Text ?? columns.Label) is { } name) throw new UserErrorException($"{path} is a text and has no column \"{name}\"");
    }

    private static TextDataset ReadDocuments(SplitFiles split, int? maxExamples)
    {
        string[] files = [.. split.Files.Take(maxExamples ?? int.MaxValue)];
        return Documents(files, files.Select(ReadDocument));
    }

    private static TextDataset Documents(IReadOnlyList<string> files, IEnumerable<string> texts) => new(
        [.. files.Select((file, i) => new DatasetPart(file, "line", i))], [.. files.Select(_ => 1)],
        [.. texts.Select(text => new TextExample(text, TextExample.NoLabel))], hasLabels: false, labelNames: null);

    private static string ReadDocument(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > LongestDocument) throw new UserErrorException(
                FormattableString.Invariant($"{path} has {length} bytes; allowed are {LongestDocument}"));
            byte[] bytes = File.ReadAllBytes(path);
            ReadOnlySpan<byte> text = bytes, mark = Encoding.UTF8.Preamble;
            if (text.StartsWith(mark)) text = text[mark.Length..];
            if (!Utf8.IsValid(text)) throw new UserErrorException($"{path} is not valid UTF-8");
            return text.IsEmpty ? throw new UserErrorException($"{path} is empty") : Encoding.UTF8.GetString(text);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }
}
