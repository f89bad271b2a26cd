using System.Text;
using System.Text.Unicode;
using CsvHelper;

namespace LoraCluster.Data;

/// <summary>
/// CSV (RFC 4180) in UTF-8: a header, commas, quoted fields that may hold commas, line ends and doubled quotes. A quote inside an unquoted
/// field is text; an unclosed one is refused. Empty lines are skipped. All columns hold texts.
/// </summary>
internal sealed class CsvTable : TableFile
{
    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',', TrackLineNumbers = true, MaxRecordSize = LongestLine, DetectSeparatorHint = false,
    };

    private readonly CsvReader reader;
    private readonly Dictionary<long, CsvMalformedReason> malformed;

    private CsvTable(string path, CsvReader reader, Dictionary<long, CsvMalformedReason> malformed) : base(path, "line") =>
        (this.reader, this.malformed) = (reader, malformed);

    public override IReadOnlyList<TableColumn> Columns => [.. reader.Headers.Select(name => new TableColumn(name, IsText: true))];

    public static new CsvTable Open(string path)
    {
        CsvReader? reader = null;
        var malformed = new Dictionary<long, CsvMalformedReason>();
        void Note(CsvMalformedRecord record)
        {
            if (record.Reason != CsvMalformedReason.StrayQuote) malformed[record.LineNumber] = record.Reason;
        }

        try
        {
            reader = CsvReader.FromFile(path, Options with { OnMalformedRecord = Note });
            reader.ReadHeader();
            if (reader.Headers.Count == 0) throw new UserErrorException($"{path}, line 1: no header; the columns must be named");
            return new CsvTable(path, reader, malformed);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CsvFormatException or UserErrorException)
        {
            reader?.Dispose();
            throw fault is UserErrorException ? fault : new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }

    public override IEnumerable<TableRow> Rows(int text, int label, RowFaults faults)
    {
        while (Read(faults))
        {
            if (RowFault() is { } fault) faults.Add(Line, fault);
            else yield return new TableRow(Line, reader[text].ToString(), label < 0 ? null : reader[label].ToString());
        }
    }

    public override void Dispose() => reader.Dispose();

    private int Line => (int)Math.Min(reader.LineNumber, int.MaxValue);

    private bool Read(RowFaults faults)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException fault)
        {
            faults.Add((int)Math.Min(fault.LineNumber, int.MaxValue), fault.Message);
            return false;
        }
        catch (IOException fault)
        {
            throw new UserErrorException($"cannot read {Path}: {fault.Message}", fault);
        }
    }

    private string? RowFault()
    {
        if (!Utf8.IsValid(reader.RawRecord)) return "not valid UTF-8";
        if (malformed.Remove(reader.LineNumber, out CsvMalformedReason reason))
            return reason == CsvMalformedReason.UnterminatedQuote ? "a quote is not closed" : "text after a closing quote";
        int columns = reader.Headers.Count;
        return reader.FieldCount == columns ? null
            : FormattableString.Invariant($"{reader.FieldCount} columns, but the header names {columns}");
    }
}
