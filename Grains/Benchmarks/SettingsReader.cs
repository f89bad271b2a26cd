using System.Globalization;
using LoraCluster.Grains.Jobs;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>Reads a benchmark's settings, and notes everything that is wrong with them.</summary>
internal sealed class SettingsReader(BenchmarkSpec spec)
{
    private readonly List<string> _faults = [];
    private readonly List<string> _known = [];

    /// <summary>A whole number.</summary>
    public int Number(string name, int @default, int least, int most)
    {
        if (Value(name) is not { } text) return @default;
        bool read = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
        if (read && value >= least && value <= most) return value;
        Refuse(name, text, Text($"{least} to {most}"));
        return @default;
    }

    /// <summary>A few whole numbers, by commas, none of them twice.</summary>
    public IReadOnlyList<int> Numbers(string name, IReadOnlyList<int> @default, int least, int most, int mostNumbers = 16)
    {
        if (Value(name) is not { } text) return @default;
        var numbers = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            bool good = int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                && value >= least && value <= most && !numbers.Contains(value);
            if (!good || numbers.Count == mostNumbers)
            {
                Refuse(name, text, Text($"1 to {mostNumbers} different numbers from {least} to {most}, by commas"));
                return @default;
            }
            numbers.Add(value);
        }
        return numbers;
    }

    /// <summary>A number with a fraction.</summary>
    public double Real(string name, double @default, double least, double most)
    {
        if (Value(name) is not { } text) return @default;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most)
            return value;
        Refuse(name, text, Text($"{least} to {most}"));
        return @default;
    }

    /// <summary>One of a few words.</summary>
    public string Word(string name, string @default, params string[] allowed)
    {
        if (Value(name) is not { } text) return @default;
        if (allowed.Contains(text)) return text;
        Refuse(name, text, string.Join(", ", allowed));
        return @default;
    }

    /// <summary>Some of a few words, by commas.</summary>
    public IReadOnlyList<string> Words(string name, string @default, params string[] allowed)
    {
        string text = Value(name) ?? @default;
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        bool good = allowed.Length == 0 ? !words.Contains("") : words.All(allowed.Contains);
        if (good && words.Distinct().Count() == words.Length) return words;
        Refuse(name, text, (allowed.Length == 0 ? "different names" : string.Join(", ", allowed)) + ", by commas");
        return @default.Split(',');
    }

    /// <summary>A text that is taken as it is; null: not given.</summary>
    public string? Optional(string name)
    {
        if (Value(name) is not { } text) return null;
        if (text.Length > 0) return text;
        Refuse(name, "empty", "something");
        return null;
    }

    /// <summary>A text that must be given.</summary>
    public string Required(string name, string allowed)
    {
        if (Optional(name) is { } text) return text;
        _faults.Add($"{name} is missing; needed is {allowed}");
        return "";
    }

    /// <summary>The model, which this benchmark needs.</summary>
    public string Model()
    {
        if (string.IsNullOrWhiteSpace(spec.ModelPath))
            _faults.Add("model is missing; needed is the folder of a model, or its name at the hub");
        return spec.ModelPath ?? "";
    }

    /// <summary>The data set, which this benchmark needs.</summary>
    public string Dataset()
    {
        if (string.IsNullOrWhiteSpace(spec.DatasetPath))
            _faults.Add("dataset is missing; needed is the folder or file of a data set, or its name at the hub");
        return spec.DatasetPath ?? "";
    }

    /// <summary>Notes that this benchmark has no data set.</summary>
    public void NoDataset()
    {
        if (spec.DatasetPath is { } path) Refuse("dataset", path, $"none: {spec.Benchmark} needs no data");
    }

    /// <summary>Notes that this benchmark has no model.</summary>
    public void NoModel()
    {
        if (spec.ModelPath is { } path) Refuse("model", path, $"none: {spec.Benchmark} needs no model");
    }

    /// <summary>A fault that only this benchmark knows.</summary>
    public void Refuse(string name, string value, string allowed) => _faults.Add($"{name} is {value}; allowed is {allowed}");

    /// <summary>All faults, once every setting was read: what was not asked for is unknown.</summary>
    public IReadOnlyList<string> Faults() =>
    [
        .. _faults, .. spec.Settings.Keys.Except(_known).Order(StringComparer.Ordinal)
            .Select(name => $"{name} is no setting of {spec.Benchmark}; allowed are {string.Join(", ", _known)}"),
    ];

    private string? Value(string name)
    {
        if (!_known.Contains(name)) _known.Add(name);
        return spec.Settings.TryGetValue(name, out string? value) ? value : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
