using System.Text.Json;

namespace LoraCluster.Data;

/// <summary>
/// JSON Lines in UTF-8: an object a line, whose members are the columns; empty lines are skipped. The first row tells which columns there
/// are and which of them hold texts.
/// </summary>
internal sealed class JsonTable : TableFile
{
    private readonly ByteLines lines;

    private JsonTable(string path, ByteLines lines) : base(path, "line")
    {
        this.lines = lines;
        var faults = new RowFaults(path, "line");
        if (!lines.Next()) faults.Add(1, "no row; a row is an object of JSON");
        else Columns = Checked(faults, row => row.EnumerateObject().Select(member => new TableColumn(
            member.Name, member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null)).ToArray()) ?? [];
        faults.ThrowIfAny();
    }

    public override IReadOnlyList<TableColumn> Columns { get; } = [];

    public static new JsonTable Open(string path)
    {
        ByteLines lines = ByteLines.Open(path, LongestLine);
        try
        {
            return new JsonTable(path, lines);
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    public override IEnumerable<TableRow> Rows(int text, int label, RowFaults faults)
    {
        string textName = Columns[text].Name;
        string? labelName = label < 0 ? null : Columns[label].Name;
        do
        {
            if (Checked(faults, row => RowOf(row, textName, labelName, faults)) is [var row]) yield return row;
        }
        while (lines.Next());
    }

    public override void Dispose() => lines.Dispose();

    /// <summary>What is made of the line's object; null where it is none, which is noted.</summary>
    private T[]? Checked<T>(RowFaults faults, Func<JsonElement, T[]?> make)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(lines.Current.ToArray());
            if (document.RootElement.ValueKind == JsonValueKind.Object) return make(document.RootElement);
            faults.Add(lines.Number, "not an object of JSON");
        }
        catch (JsonException fault)
        {
            faults.Add(lines.Number, $"not valid JSON: {fault.Message.Split(" LineNumber", 2)[0]}");
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate written as an escape is valid JSON, and no text.
            faults.Add(lines.Number, "not valid Unicode");
        }
        return null;
    }

    private TableRow[]? RowOf(JsonElement row, string textName, string? labelName, RowFaults faults)
    {
        JsonElement? text = Member(row, textName), label = labelName is null ? null : Member(row, labelName);
        if (text is { ValueKind: not JsonValueKind.String } odd)
        {
            faults.Add(lines.Number, $"\"{textName}\" is {RowFaults.Quote(odd.GetRawText())}, which is no text");
            return null;
        }
        object? value = label?.ValueKind switch
        {
            null => null,
            JsonValueKind.String => label.Value.GetString(),
            JsonValueKind.True => "True",
            JsonValueKind.False => "False",
            JsonValueKind.Number when label.Value.TryGetInt64(out long number) => number,
            _ => label,
        };
        if (value is not JsonElement wrong) return [new TableRow(lines.Number, text?.GetString(), value)];
        faults.Add(lines.Number, $"the label {RowFaults.Quote(wrong.GetRawText())} is neither a whole number nor a text");
        return null;
    }

    private static JsonElement? Member(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
