using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace LoraCluster.Safetensors;

/// <summary>
/// Reads and checks the JSON header of a safetensors file (https://huggingface.co/docs/safetensors: "Format"). Nothing is allocated
/// for data, and what is allocated is bounded by the header's own length.
/// </summary>
internal ref struct SafetensorsHeader
{
    private const int MostDimensions = 64;

    private readonly string path;
    private readonly long dataLength;
    private readonly List<SafetensorInfo> tensors = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private Dictionary<string, string>? metadata;
    private Utf8JsonReader json;

    private SafetensorsHeader(string path, ReadOnlySpan<byte> header, long dataLength)
    {
        this.path = path;
        this.dataLength = dataLength;
        json = new Utf8JsonReader(header);
    }

    /// <exception cref="UserErrorException">The header is not valid; the message names file, tensor and value.</exception>
    public static (List<SafetensorInfo> Tensors, Dictionary<string, string> Metadata) Parse(
        string path, ReadOnlySpan<byte> header, long dataLength)
    {
        if (header.IsEmpty || header[0] != (byte)'{') throw Refuse(path, "the header does not begin with '{'");
        if (!Utf8.IsValid(header)) throw Refuse(path, "the header is not valid UTF-8");
        var parser = new SafetensorsHeader(path, header, dataLength);
        try
        {
            parser.ReadObject();
        }
        catch (JsonException fault)
        {
            throw Refuse(path, $"the header is not valid JSON: {fault.Message}", fault);
        }
        parser.CheckLayout();
        return (parser.tensors, parser.metadata ?? []);
    }

    private void ReadObject()
    {
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text("a name");
            json.Read();
            if (name == "__metadata__") ReadMetadata();
            else ReadTensor(name);
        }
        // Throws where anything but blanks follows the object.
        json.Read();
    }

    private void ReadMetadata()
    {
        if (metadata is not null) throw Refuse("the name \"__metadata__\" stands there twice");
        metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json.TokenType == JsonTokenType.Null) return;
        if (json.TokenType != JsonTokenType.StartObject) throw Refuse("__metadata__ must be an object of strings");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text("a metadata key");
            json.Read();
            if (json.TokenType != JsonTokenType.String) throw Refuse($"metadata \"{key}\" must be a string");
            if (!metadata.TryAdd(key, Text($"metadata \"{key}\""))) throw Refuse($"metadata \"{key}\" stands there twice");
        }
    }

    private void ReadTensor(string name)
    {
        if (!names.Add(name)) throw Refuse($"the name \"{name}\" stands there twice");
        if (json.TokenType != JsonTokenType.StartObject) throw Refuse($"tensor \"{name}\" must be an object");
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = Text($"a field of tensor \"{name}\"");
            json.Read();
            switch (field)
            {
                case "dtype": dtype = dtype is null ? DtypeName(name) : throw Twice(name, field); break;
                case "shape": shape = shape is null ? Numbers(name, field, MostDimensions) : throw Twice(name, field); break;
                case "data_offsets": offsets = offsets is null ? Numbers(name, field, 2) : throw Twice(name, field); break;
                default: json.Skip(); break;
            }
        }
        if (dtype is null || shape is null || offsets is null)
        {
            string missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw Refuse($"tensor \"{name}\" has no {missing}");
        }
        tensors.Add(Check(name, dtype, [.. shape], offsets));
    }

    private readonly SafetensorInfo Check(string name, string dtypeName, long[] shape, List<long> offsets)
    {
        if (offsets.Count != 2) throw Refuse($"tensor \"{name}\": data_offsets has {Format(offsets.Count)} numbers, not 2");
        long begin = offsets[0], end = offsets[1];
        if (begin > end || end > dataLength)
        {
            throw Refuse($"tensor \"{name}\": data_offsets [{Format(begin)}, {Format(end)}] do not lie in order inside the "
                + $"{Format(dataLength)} bytes of data; the file is damaged or cut off");
        }
        SafetensorDtype dtype = SafetensorDtypes.Parse(dtypeName);
        long length = end - begin;
        if (dtype != SafetensorDtype.Unknown && SafetensorDtypes.ByteLength(dtype, shape) != length)
        {
            string dimensions = string.Join(", ", shape.Select(Format));
            throw Refuse($"tensor \"{name}\": {dtypeName} of shape [{dimensions}] does not take the {Format(length)} bytes "
                + "of its data_offsets");
        }
        return new SafetensorInfo(name, dtype, dtypeName, shape, length) { Offset = begin };
    }

    /// <summary>The tensors must cover the data from end to end, each byte once.</summary>
    private readonly void CheckLayout()
    {
        long end = 0;
        string previous = "";
        foreach (SafetensorInfo tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            string at = Format(tensor.Offset), before = Format(end);
            if (tensor.Offset < end) throw Refuse($"tensors \"{previous}\" and \"{tensor.Name}\" overlap at byte {at} of the data");
            if (tensor.Offset > end) throw Refuse($"bytes {before} to {at} of the data belong to no tensor; next is \"{tensor.Name}\"");
            (end, previous) = (tensor.Offset + tensor.ByteLength, tensor.Name);
        }
        if (end == dataLength) return;
        throw Refuse($"{Format(dataLength - end)} bytes of data after the last tensor \"{previous}\" belong to none");
    }

    private readonly string DtypeName(string tensor) => json.TokenType == JsonTokenType.String
        ? Text($"dtype of tensor \"{tensor}\"")
        : throw Refuse($"tensor \"{tensor}\": dtype must be a string");

    private List<long> Numbers(string tensor, string field, int most)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Refuse($"tensor \"{tensor}\": {field} must be an array");
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0)
            {
                string value = Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, 40)]);
                throw Refuse($"tensor \"{tensor}\": {field} has {value}, which is not a whole number from 0 to {Format(long.MaxValue)}");
            }
            if (numbers.Count == most) throw Refuse($"tensor \"{tensor}\": {field} has more than {Format(most)} numbers");
            numbers.Add(number);
        }
        return numbers;
    }

    private readonly string Text(string what)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            // A lone surrogate written as an escape is valid JSON, and no text.
            throw Refuse(path, $"{what} is not valid Unicode", fault);
        }
    }

    private static string Format(long number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly UserErrorException Twice(string tensor, string field) => Refuse($"tensor \"{tensor}\" has {field} twice");

    private readonly UserErrorException Refuse(string fault) => Refuse(path, fault);

    private static UserErrorException Refuse(string path, string fault, Exception? inner = null) =>
        new($"{path} is not a valid safetensors file: {fault}", inner);
}
