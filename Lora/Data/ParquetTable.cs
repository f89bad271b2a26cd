using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace LoraCluster.Data;

/// <summary>
/// Apache Parquet, as Hugging Face's data sets have it: the columns at the top level count. A label's names are those of its ClassLabel
/// in the file's metadata <c>huggingface</c>.
/// </summary>
internal sealed class ParquetTable : TableFile
{
    /// <summary>Of a group, which is read at once; Hugging Face's have 1,000 to 100,000.</summary>
    private const int MostRowsOfGroup = 10_000_000;

    private readonly ParquetReader reader;
    private readonly DataField[] fields;

    private ParquetTable(string path, ParquetReader reader) : base(path, "row")
    {
        this.reader = reader;
        fields = [.. reader.Schema.Fields.OfType<DataField>().Where(field => !field.IsArray)];
        Dictionary<string, string[]> names = LabelNames();
        Columns = [.. fields.Select(field =>
            new TableColumn(field.Name, IsText(field), names.GetValueOrDefault(field.Name)))];
    }

    public override IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>The library's type of a text before it is made a string.</summary>
    private static bool IsText(DataField field) => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    public static new ParquetTable Open(string path) => Guarded(path, () =>
    {
        ParquetLayout.CheckFooter(path);
        ParquetReader reader = Wait(() => ParquetReader.CreateAsync(path, new ParquetOptions { TreatByteArrayAsString = true }));
        try
        {
            return new ParquetTable(path, reader);
        }
        catch
        {
            Close(reader);
            throw;
        }
    });

    public override IEnumerable<TableRow> Rows(int text, int label, RowFaults faults)
    {
        int row = 0;
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            int group = i;
            (string?[] texts, object?[]? labels) = Guarded(Path, () => ReadGroup(group, fields[text], label < 0 ? null : fields[label]));
            for (int k = 0; k < texts.Length; k++) yield return new TableRow(++row, texts[k], labels?[k]);
        }
    }

    public override void Dispose() => Close(reader);

    private static void Close(ParquetReader reader) => Wait(async () =>
    {
        await reader.DisposeAsync();
        return true;
    });

    /// <summary>The library is asynchronous only; here is no scheduler that its continuations could wait for.</summary>
    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    /// <summary>A damaged file makes the library throw exceptions of any type.</summary>
    private static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException and not EndOfStreamException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is not UserErrorException)
        {
            throw new UserErrorException($"{path} is not a valid parquet file: {fault.Message}", fault);
        }
    }

    private (string?[] Texts, object?[]? Labels) ReadGroup(int index, DataField text, DataField? label)
    {
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(index);
        if (group.RowCount is < 0 or > MostRowsOfGroup)
            throw Refuse($"group {index} has {group.RowCount} rows, more than {MostRowsOfGroup}");
        foreach (DataField field in label is null ? [text] : (DataField[])[text, label])
            ParquetLayout.CheckColumn(Path, group, field);
        string?[] texts = new string?[group.RowCount];
        Wait(async () =>
        {
            await group.ReadAsync(text, texts.AsMemory()!);
            return true;
        });
        return (texts, label is null ? null : ReadLabels(group, label));
    }

    private object?[] ReadLabels(ParquetRowGroupReader group, DataField field) => Type.GetTypeCode(field.ClrType) switch
    {
        _ when IsText(field) => ReadStrings(group, field),
        TypeCode.Boolean => Read<bool>(group, field, value => value ? "True" : "False"),
        TypeCode.Int64 => Read<long>(group, field, value => value),
        TypeCode.Int32 => Read<int>(group, field, value => (long)value),
        TypeCode.Int16 => Read<short>(group, field, value => (long)value),
        TypeCode.SByte => Read<sbyte>(group, field, value => (long)value),
        TypeCode.Byte => Read<byte>(group, field, value => (long)value),
        TypeCode.UInt16 => Read<ushort>(group, field, value => (long)value),
        TypeCode.UInt32 => Read<uint>(group, field, value => (long)value),
        _ => throw Refuse(
            $"the column \"{field.Name}\" is of type {field.ClrType.Name}; a label is a whole number, a text or a truth value"),
    };

    private static object?[] ReadStrings(ParquetRowGroupReader group, DataField field)
    {
        string?[] values = new string?[group.RowCount];
        Wait(async () =>
        {
            await group.ReadAsync(field, values.AsMemory()!);
            return true;
        });
        return values;
    }

    private static object?[] Read<T>(ParquetRowGroupReader group, DataField field, Func<T, object> convert) where T : struct
    {
        T?[] values = new T?[group.RowCount];
        Wait(async () =>
        {
            await group.ReadAsync<T>(field, values.AsMemory());
            return true;
        });
        return [.. values.Select(value => value is { } known ? convert(known) : null)];
    }

    /// <summary>The names of the columns that are ClassLabels:
    /// {"info": {"features": {COLUMN: {"names": [...], "_type": "ClassLabel"}}}}.</summary>
    private Dictionary<string, string[]> LabelNames()
    {
        var names = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (reader.CustomMetadata?.GetValueOrDefault("huggingface") is not { } text) return names;
        using JsonDocument json = JsonDocument.Parse(text);
        if (!json.RootElement.TryGetProperty("info", out JsonElement info) || !info.TryGetProperty("features", out JsonElement features))
            return names;
        foreach (JsonProperty feature in features.EnumerateObject())
        {
            if (feature.Value.ValueKind == JsonValueKind.Object && feature.Value.TryGetProperty("_type", out JsonElement type)
                && type.ValueEquals("ClassLabel") && feature.Value.TryGetProperty("names", out JsonElement list))
                names[feature.Name] = [.. list.EnumerateArray().Select(name => name.GetString()!)];
        }
        return names;
    }

    private UserErrorException Refuse(FormattableString fault) => new($"{Path}: {FormattableString.Invariant(fault)}");
}
