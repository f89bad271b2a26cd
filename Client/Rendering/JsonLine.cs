using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoraCluster.Client.Rendering;

/// <summary>One JSON object on one line. Numbers that JSON does not know (NaN, infinities) become null.</summary>
internal sealed class JsonLine
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;

    private JsonLine()
    {
        _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _writer.WriteStartObject();
    }

    public static JsonLine Object() => new();

    public JsonLine Add(string name, string? value) { _writer.WriteString(name, value); return this; }

    public JsonLine Add(string name, long? value)
    {
        if (value is null) return AddNull(name);
        _writer.WriteNumber(name, value.Value);
        return this;
    }

    public JsonLine Add(string name, ulong value) { _writer.WriteNumber(name, value); return this; }

    public JsonLine Add(string name, bool value) { _writer.WriteBoolean(name, value); return this; }

    public JsonLine Add(string name, DateTimeOffset? value) =>
        Add(name, value?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture));

    public JsonLine Add(string name, double? value)
    {
        if (value is null || !double.IsFinite(value.Value)) return AddNull(name);
        _writer.WriteNumber(name, value.Value);
        return this;
    }

    public JsonLine Add(string name, IEnumerable<string> values)
    {
        _writer.WriteStartArray(name);
        foreach (string value in values) _writer.WriteStringValue(value);
        _writer.WriteEndArray();
        return this;
    }

    public JsonLine Add(string name, IEnumerable<long> values)
    {
        _writer.WriteStartArray(name);
        foreach (long value in values) _writer.WriteNumberValue(value);
        _writer.WriteEndArray();
        return this;
    }

    public JsonLine Add(string name, Func<JsonLine, JsonLine> fields)
    {
        _writer.WriteStartObject(name);
        fields(this);
        _writer.WriteEndObject();
        return this;
    }

    public JsonLine Add<T>(string name, IEnumerable<T> items, Func<JsonLine, T, JsonLine> fields)
    {
        _writer.WriteStartArray(name);
        foreach (T item in items)
        {
            _writer.WriteStartObject();
            fields(this, item);
            _writer.WriteEndObject();
        }
        _writer.WriteEndArray();
        return this;
    }

    /// <summary>Ends the object and writes it with a line end. The line is not used afterwards.</summary>
    public void WriteTo(TextWriter output)
    {
        _writer.WriteEndObject();
        _writer.Dispose();
        output.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        output.Write('\n');
        output.Flush();
    }

    private JsonLine AddNull(string name) { _writer.WriteNull(name); return this; }
}
