using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace LoraCluster.Data;

/// <summary>
/// The TSV files of GLUE: a header that names the columns, then a row a line. A tab separates and nothing else does; LF or CR LF ends
/// a row and no other line end does; there is no quoting, so a quote is text, as are <c>NULL</c> and <c>#</c>. UTF-8, a byte order mark
/// at the very start is skipped. Spaces (U+0020) at either end of a sentence are trimmed, nothing else is.
/// </summary>
public static class GlueTsv
{
    /// <summary>Reads a file with the columns <c>sentence</c> and <c>label</c>, or without <c>label</c> (GLUE's test files).</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxExamples">Read only the first rows, this many; null for all.</param>
    /// <param name="columns">Other names of the columns; null: those.</param>
    /// <exception cref="UserErrorException">
    /// The file cannot be read or has faults; the message names the file and up to ten lines (the header is line 1).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxExamples"/> is less than 1.</exception>
    public static TextDataset Read(string path, int? maxExamples = null, TextColumns? columns = null)
    {
        if (maxExamples is < 1) throw new ArgumentOutOfRangeException(nameof(maxExamples), maxExamples, "must be 1 or more");
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        ReadOnlySpan<byte> rows = bytes.AsSpan().StartsWith(mark) ? bytes.AsSpan(mark.Length) : bytes;
        return Parse(path, rows, maxExamples, columns ?? TextColumns.Default);
    }

    private static TextDataset Parse(string path, ReadOnlySpan<byte> rest, int? maxExamples, TextColumns named)
    {
        var faults = new RowFaults(path, "line");
        var columns = TsvColumns.Parse(NextLine(ref rest), named, fault => faults.Add(1, fault));
        var examples = new List<TextExample>();
        var lines = new List<int>();
        for (int line = 2; columns is not null && !rest.IsEmpty && (maxExamples is null || line - 2 < maxExamples); line++)
        {
            int thisLine = line;
            if (columns.Row(NextLine(ref rest), fault => faults.Add(thisLine, fault)) is not { } example) continue;
            examples.Add(example);
            lines.Add(line);
        }
        if (faults.Count == 0 && examples.Count == 0) faults.Add(1, "no row after the header");
        faults.ThrowIfAny();
        return new TextDataset([new DatasetPart(path, "line", 0)], lines, examples, columns!.HasLabel, labelNames: null);
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return end >= 0 && line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Which column holds what.</summary>
    private sealed record TsvColumns(int Count, int Sentence, int Label)
    {
        public bool HasLabel => Label >= 0;

        public static TsvColumns? Parse(ReadOnlySpan<byte> header, TextColumns named, Action<string> fault)
        {
            string[] names = Utf8.IsValid(header) ? Encoding.UTF8.GetString(header).Split('\t') : [];
            string text = named.Text ?? "sentence", all = string.Join(", ", names);
            int sentence = Array.IndexOf(names, text), label = Array.IndexOf(names, named.LabelName);
            if (header.IsEmpty) fault($"no header; the columns \"{text}\" and \"{named.LabelName}\" must be named");
            else if (sentence < 0)
                fault($"the header [{all}] has no column \"{text}\"; needed are {text} and {named.LabelName}, with a tab between");
            else if (label < 0 && named.Label is not null) fault($"the header [{all}] has no column \"{named.Label}\"");
            else if (sentence != Array.LastIndexOf(names, text) || label != Array.LastIndexOf(names, named.LabelName))
                fault($"the header [{all}] names a column twice; allowed are one \"{text}\" and one \"{named.LabelName}\"");
            else if (label == sentence) fault($"the column \"{text}\" cannot be text and label");
            else return new TsvColumns(names.Length, sentence, label);
            return null;
        }

        public TextExample? Row(ReadOnlySpan<byte> line, Action<string> fault)
        {
            if (line.Length > TableFile.LongestLine || !Utf8.IsValid(line))
            {
                fault(line.Length > TableFile.LongestLine ? $"longer than {Format(TableFile.LongestLine)} bytes" : "not valid UTF-8");
                return null;
            }
            string[] fields = Encoding.UTF8.GetString(line).Split('\t');
            if (fields.Length != Count)
            {
                fault($"{Format(fields.Length)} columns, but the header names {Format(Count)}");
                return null;
            }
            int label = TextExample.NoLabel;
            if (HasLabel && !int.TryParse(fields[Label], NumberStyles.None, CultureInfo.InvariantCulture, out label))
            {
                fault($"the label {RowFaults.Quote(fields[Label])} is not a whole number, 0 or more");
                return null;
            }
            return new TextExample(fields[Sentence].Trim(' '), label);
        }
    }
}
