namespace LoraCluster.Data;

/// <summary>A column of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsText">Whether it holds texts.</param>
/// <param name="LabelNames">The names of its numbers, where the file tells them.</param>
internal sealed record TableColumn(string Name, bool IsText, IReadOnlyList<string>? LabelNames = null);

/// <summary>A row of a file.</summary>
/// <param name="Number">Its line or row, from 1.</param>
/// <param name="Text">The text; null where there is none.</param>
/// <param name="Label">A long or a string; null where there is none.</param>
internal readonly record struct TableRow(int Number, string? Text, object? Label);

/// <summary>A file with named columns, whatever its format.</summary>
internal abstract class TableFile(string path, string unit) : IDisposable
{
    /// <summary>Bytes of the longest line or value that is read, so that a file without an end of line is refused, not loaded.</summary>
    public const int LongestLine = 64 << 20;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>What a row's number counts: line or row.</summary>
    public string Unit => unit;

    public abstract IReadOnlyList<TableColumn> Columns { get; }

    /// <exception cref="UserErrorException">The file cannot be read or is not of its format.</exception>
    public static TableFile Open(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => CsvTable.Open(path),
        ".parquet" => ParquetTable.Open(path),
        _ => JsonTable.Open(path),
    };

    /// <summary>The rows, from the first; to be asked for once.</summary>
    /// <param name="text">Place of the text's column.</param>
    /// <param name="label">Place of the label's column; -1: none.</param>
    /// <param name="faults">Notes rows that cannot be read; they are left out.</param>
    public abstract IEnumerable<TableRow> Rows(int text, int label, RowFaults faults);

    public abstract void Dispose();
}
