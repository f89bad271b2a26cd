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
    private const int MostFaultsShown = 10;

    /// <summary>Reads a file with the columns <c>sentence</c> and <c>label</c>, or without <c>label</c> (GLUE's test files).</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxExamples">Read only the first rows, this many; null for all.</param>
    /// <exception cref="UserErrorException">
    /// The file cannot be read or has faults; the message names the file and up to ten lines (the header is line 1).
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxExamples"/> is less than 1.</exception>
    public static TextDataset Read(string path, int? maxExamples = null)
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
        return Parse(path, bytes.AsSpan().StartsWith(mark) ? bytes.AsSpan(mark.Length) : bytes, maxExamples);
    }

    private static TextDataset Parse(string path, ReadOnlySpan<byte> rest, int? maxExamples)
    {
        var faults = new List<string>();
        int faultCount = 0;
        void Fault(int line, string fault)
        {
            if (faultCount++ < MostFaultsShown) faults.Add($"{path}, line {Format(line)}: {fault}");
        }

        var columns = TsvColumns.Parse(NextLine(ref rest), fault => Fault(1, fault));
        var examples = new List<TextExample>();
        for (int line = 2; columns is not null && !rest.IsEmpty && (maxExamples is null || line - 2 < maxExamples); line++)
        {
            int thisLine = line;
            if (columns.Row(NextLine(ref rest), fault => Fault(thisLine, fault)) is { } example) examples.Add(example);
        }
        if (faultCount == 0 && examples.Count == 0) Fault(1, "no row after the header");
        if (faultCount > MostFaultsShown) faults.Add($"and {Format(faultCount - MostFaultsShown)} more faults in {path}");
        if (faultCount > 0) throw new UserErrorException(string.Join('\n', faults));
        return new TextDataset(path, columns!.HasLabel, examples);
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

        public static TsvColumns? Parse(ReadOnlySpan<byte> header, Action<string> fault)
        {
            string[] names = Utf8.IsValid(header) ? Encoding.UTF8.GetString(header).Split('\t') : [];
            int sentence = Array.IndexOf(names, "sentence"), label = Array.IndexOf(names, "label");
            if (sentence >= 0) return new TsvColumns(names.Length, sentence, label);
            fault(header.IsEmpty ? "no header; the columns \"sentence\" and \"label\" must be named"
                : $"the header [{string.Join(", ", names)}] has no column \"sentence\"; needed are sentence and label, with a tab between");
            return null;
        }

        public TextExample? Row(ReadOnlySpan<byte> line, Action<string> fault)
        {
            if (!Utf8.IsValid(line))
            {
                fault("not valid UTF-8");
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
                fault($"the label \"{fields[Label]}\" is not a whole number, 0 or more");
                return null;
            }
            return new TextExample(fields[Sentence].Trim(' '), label);
        }
    }
}
