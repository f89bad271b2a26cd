using System.Globalization;
using System.Text.Json;

namespace LoraCluster.Tokenizers;

/// <summary>A JSON object in a file, read key by key; each error names the file, the key and the value.</summary>
internal sealed class JsonSettings
{
    private readonly string where;
    private readonly JsonElement element;

    private JsonSettings(string where, JsonElement element)
    {
        this.where = where;
        this.element = element;
    }

    /// <exception cref="UserErrorException">The file cannot be read, or is not a JSON object.</exception>
    public static JsonSettings Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Object(path, document.RootElement.Clone());
        }
        catch (JsonException fault)
        {
            throw new UserErrorException($"{path} is not valid JSON: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read {path}: {fault.Message}", fault);
        }
    }

    public IEnumerable<(string Key, JsonSettings Value)> Objects =>
        element.EnumerateObject().Select(property => (property.Name, Object($"{where}: {property.Name}", property.Value)));

    /// <summary>Whether the key is there with another value than null.</summary>
    public bool Has(string key) => element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public bool? Bool(string key) => !Has(key) ? null : element.GetProperty(key) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        JsonElement other => throw Refuse(key, other, "true or false"),
    };

    public int? Int(string key) => !Has(key) ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value >= 0 ? value
        : throw Refuse(key, element.GetProperty(key), "a whole number, 0 or more");

    public string? Text(string key) => !Has(key) ? null
        : element.GetProperty(key) is { ValueKind: JsonValueKind.String } text ? Unicode(key, text)
        : throw Refuse(key, element.GetProperty(key), "a string");

    /// <summary>A whole number, or the first of an array of such; null where the key is absent.</summary>
    public int? FirstInt(string key)
    {
        if (!Has(key)) return null;
        JsonElement value = element.GetProperty(key);
        if (value.ValueKind == JsonValueKind.Array) value = value.EnumerateArray().FirstOrDefault();
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number : null;
    }

    /// <summary>Pairs of strings: each an array of two, or one string with a single space between them.</summary>
    public IEnumerable<(string Left, string Right)> StringPairs(string key) => Array(key).Select(item =>
    {
        string[] parts = item.ValueKind switch
        {
            JsonValueKind.String => Unicode(key, item).Split(' '),
            JsonValueKind.Array when item.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String)
                => [.. item.EnumerateArray().Select(part => Unicode(key, part))],
            _ => [],
        };
        return parts is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right)
            : throw Refuse(key, item, "two strings, or one with a space between its two parts");
    });

    /// <summary>An array of a token and its id.</summary>
    public (string Token, int Id) TokenAndId(string key)
    {
        JsonElement[] items = [.. Array(key)];
        return items is [{ ValueKind: JsonValueKind.String } token, { ValueKind: JsonValueKind.Number } number]
            && number.TryGetInt32(out int id) && id >= 0 ? (Unicode(key, token), id)
            : throw Refuse($"{key} must be an array of a token and its id");
    }

    /// <summary>Whole numbers in an array.</summary>
    public IReadOnlyList<int> Ints(string key) => [.. Array(key).Select(item =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) && number >= 0 ? number
            : throw Refuse(key, item, "a whole number, 0 or more"))];

    /// <summary>A token: a string, or an object with the string as <c>content</c>.</summary>
    public string? Token(string key) =>
        Has(key) && element.GetProperty(key).ValueKind == JsonValueKind.Object ? Child(key)!.Text("content") : Text(key);

    public JsonSettings? Child(string key) => Has(key) ? Object($"{where}: {key}", element.GetProperty(key)) : null;

    public IEnumerable<JsonSettings> Children(string key) =>
        Array(key).Select((item, index) => Object($"{where}: {key}[{Format(index)}]", item));

    /// <summary>Tokens: an array of strings or objects with <c>content</c>, or an object whose values are such.</summary>
    public IEnumerable<string> Tokens(string key)
    {
        if (!Has(key)) return [];
        JsonElement value = element.GetProperty(key);
        IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().Select(property => property.Value)
            : Array(key);
        return [.. items.Select(item => item.ValueKind switch
        {
            JsonValueKind.String => Unicode(key, item),
            JsonValueKind.Object when item.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
                => Unicode(key, content),
            _ => throw Refuse(key, item, "a string, or an object with the string \"content\""),
        })];
    }

    /// <summary>All keys with their whole numbers.</summary>
    public IEnumerable<KeyValuePair<string, int>> Numbers()
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int value) || value < 0)
            {
                throw Refuse(property.Name, property.Value, "a whole number, 0 or more");
            }
            yield return new KeyValuePair<string, int>(NameOf(property), value);
        }
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException fault)
        {
            throw new UserErrorException($"{where}: a key is not valid Unicode", fault);
        }
    }

    public UserErrorException Refuse(string fault) => new($"{where}: {fault}");

    private static JsonSettings Object(string where, JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? new JsonSettings(where, element)
        : throw new UserErrorException($"{where} must be a JSON object, not {Brief(element)}");

    private IEnumerable<JsonElement> Array(string key) => !Has(key) ? []
        : element.GetProperty(key) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray()
        : throw Refuse(key, element.GetProperty(key), "an array");

    private string Unicode(string key, JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new UserErrorException($"{where}: {key} is not valid Unicode", fault);
        }
    }

    private UserErrorException Refuse(string key, JsonElement value, string allowed) =>
        new($"{where}: {key} is {Brief(value)}; allowed is {allowed}");

    private static string Brief(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    private static string Format(int number) => number.ToString(CultureInfo.InvariantCulture);
}
