using System.Globalization;

namespace LoraCluster.Client.Training;

/// <summary>Option texts to values, in every culture the same; what cannot be read is noted and all of it told at once.</summary>
internal sealed class OptionParser
{
    private readonly List<string> _faults = [];

    public IReadOnlyList<string> Faults => _faults;

    public void Refuse(string fault) => _faults.Add(fault);

    public int Int(string name, string? text, int fallback) => OptionalInt(name, text) ?? fallback;

    public int? OptionalInt(string name, string? text)
    {
        if (text is null) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)) return value;
        _faults.Add($"{name} is '{text}'; allowed is a whole number");
        return null;
    }

    public ulong UInt64(string name, string? text, ulong fallback)
    {
        if (text is null) return fallback;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)) return value;
        _faults.Add($"{name} is '{text}'; allowed is a whole number from 0 to {ulong.MaxValue}");
        return fallback;
    }

    public double Double(string name, string? text, double fallback) => OptionalDouble(name, text) ?? fallback;

    public double? OptionalDouble(string name, string? text)
    {
        if (text is null) return null;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out double value)) return value;
        _faults.Add($"{name} is '{text}'; allowed is a number as 0.5 or 1e-3");
        return null;
    }

    public T Choice<T>(string name, string? text, T fallback, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (text is null) return fallback;
        var words = new List<string>();
        foreach ((string word, T value) in choices)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) return value;
            words.Add(word);
        }
        _faults.Add($"{name} is '{text}'; allowed is {Alternatives(words)}");
        return fallback;
    }

    /// <summary>a, b or c.</summary>
    public static string Alternatives(List<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
}
