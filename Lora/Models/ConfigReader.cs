using System.Globalization;
using System.Text.Json;

namespace LoraCluster.Models;

/// <summary>Reads fields of a <c>config.json</c> with defaults, and gathers everything that is wrong before it complains.</summary>
internal sealed class ConfigReader
{
    private readonly JsonElement _root;
    private readonly string _path;
    private readonly List<string> _faults;

    private ConfigReader(JsonElement root, string path, List<string> faults)
    {
        _root = root;
        _path = path;
        _faults = faults;
    }

    public static ConfigReader Open(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new UserErrorException($"{path} is not a JSON object");
            return new ConfigReader(document.RootElement.Clone(), path, []);
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path} is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message}", e);
        }
    }

    public void Fault(string text) => _faults.Add(text);

    /// <summary>An object inside, whose faults are this reader's; an empty one if it is missing.</summary>
    public ConfigReader Part(params string[] names)
    {
        string? name = names.FirstOrDefault(Has);
        JsonElement inside = name is null ? JsonSerializer.SerializeToElement(new object()) : _root.GetProperty(name);
        if (inside.ValueKind == JsonValueKind.Object) return new ConfigReader(inside, _path, _faults);
        Fault($"{name} is {inside.GetRawText()}; allowed is an object");
        return new ConfigReader(JsonSerializer.SerializeToElement(new object()), _path, _faults);
    }

    /// <summary>One id or a list of them; null: none.</summary>
    public IReadOnlyList<int> Ids(string name, int fallback)
    {
        if (!_root.TryGetProperty(name, out JsonElement e)) return [fallback];
        if (e.ValueKind == JsonValueKind.Null) return [];
        var ids = new List<int>();
        foreach (JsonElement id in e.ValueKind == JsonValueKind.Array ? [.. e.EnumerateArray()] : new[] { e })
        {
            if (id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0) ids.Add(value);
            else Fault($"{name} is {e.GetRawText()}; allowed is a token id or a list of them");
        }
        return ids;
    }

    public bool Has(string name) => _root.TryGetProperty(name, out JsonElement e) && e.ValueKind != JsonValueKind.Null;

    public int Int(string name, int fallback, int min = 1)
    {
        if (!Has(name)) return fallback;
        JsonElement e = _root.GetProperty(name);
        if (e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int value) && value >= min) return value;
        Fault($"{name} is {e.GetRawText()}; allowed is a whole number of {min} or more");
        return Math.Max(fallback, min);
    }

    /// <summary>A token's id, or null where the file says null.</summary>
    public int? Id(string name, int fallback) =>
        _root.TryGetProperty(name, out JsonElement e) && e.ValueKind == JsonValueKind.Null ? null : Int(name, fallback, min: 0);

    /// <summary>The id, or a fault where it is none of the vocabulary's.</summary>
    public int InVocabulary(string name, int id, int vocabularySize)
    {
        if (id < vocabularySize) return id;
        Fault(string.Create(CultureInfo.InvariantCulture,
            $"{name} is {id}; allowed is an id of the vocabulary, less than {vocabularySize}"));
        return 0;
    }

    public double Double(string name, double fallback, Func<double, bool> allowed, string what)
    {
        if (!Has(name)) return fallback;
        JsonElement e = _root.GetProperty(name);
        if (e.ValueKind == JsonValueKind.Number && e.TryGetDouble(out double value) && allowed(value)) return value;
        Fault($"{name} is {e.GetRawText()}; allowed is {what}");
        return fallback;
    }

    public double Probability(string name, double fallback) =>
        Double(name, fallback, p => p is >= 0 and < 1, "a probability from 0 up to, not including, 1");

    public string Text(string name, string fallback)
    {
        if (!Has(name)) return fallback;
        JsonElement e = _root.GetProperty(name);
        if (e.ValueKind == JsonValueKind.String) return e.GetString()!;
        Fault($"{name} is {e.GetRawText()}; allowed is a text");
        return fallback;
    }

    public bool Flag(string name, bool fallback) => !Has(name) ? fallback : _root.GetProperty(name).ValueKind == JsonValueKind.True;

    public Activation Activation(string name, string fallback)
    {
        string text = Text(name, fallback);
        if (Models.Activation.TryParse(text, out Activation? activation)) return activation;
        Fault($"{name} is '{text}'; allowed are {string.Join(", ", Models.Activation.Names)}");
        return Models.Activation.Gelu;
    }

    /// <summary>As ModernBERT's config.json names it; BERT and DistilBERT of Hugging Face know only the first token.</summary>
    public Pooling Pooling()
    {
        string text = Text("classifier_pooling", "cls");
        if (text is not ("cls" or "mean")) Fault($"classifier_pooling is '{text}'; allowed are cls and mean");
        return text == "mean" ? Models.Pooling.Mean : Models.Pooling.First;
    }

    /// <summary>What training is to make of the labels; null: nothing is said.</summary>
    public string? ProblemType()
    {
        if (!Has("problem_type")) return null;
        string text = Text("problem_type", "");
        string[] known = ["single_label_classification", "multi_label_classification", "regression"];
        if (!known.Contains(text, StringComparer.Ordinal)) Fault($"problem_type is '{text}'; allowed are {string.Join(", ", known)}");
        return text;
    }

    /// <summary>Label names by number: a key of id2label is a number, whatever order the file lists them in. Where num_labels is another
    /// number than that of the names, it counts and they do not, as in transformers.</summary>
    public (IReadOnlyList<string> Labels, bool Given) Labels()
    {
        if (Has("id2label"))
        {
            JsonElement map = _root.GetProperty("id2label");
            var names = new SortedDictionary<int, string>();
            bool good = map.ValueKind == JsonValueKind.Object;
            foreach (JsonProperty p in good ? map.EnumerateObject() : default)
                good &= int.TryParse(p.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                    && names.TryAdd(id, p.Value.ToString());
            bool complete = good && names.Count > 0 && names.Keys.Last() == names.Count - 1;
            if (complete && Int("num_labels", names.Count) == names.Count) return ([.. names.Values], true);
            if (!complete) Fault($"id2label is {map.GetRawText()}; allowed are names for 0, 1, 2, … without gaps");
        }
        int count = Int("num_labels", 2);
        return ([.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"LABEL_{i}"))], Has("num_labels"));
    }

    public void Complete()
    {
        if (_faults.Count > 0) throw new UserErrorException(string.Join("\n", _faults.Select(f => $"{_path}: {f}")));
    }
}
