using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraCluster.Adapters;

/// <summary>
/// A number for some modules, by PEFT's rule (peft/utils/other.py: get_pattern_key): each key is a regular expression that takes a module's
/// whole name, or an ending of it after a dot; the first key that takes a module decides, in the order in which they are written.
/// </summary>
public sealed class ModulePattern
{
    private readonly Regex?[] _keys;

    /// <summary>A pattern of keys and values, in order. A key that comes twice keeps its first place and its last value.</summary>
    public ModulePattern(IEnumerable<KeyValuePair<string, double>> entries)
    {
        var ordered = new List<KeyValuePair<string, double>>();
        foreach (KeyValuePair<string, double> entry in entries)
        {
            int known = ordered.FindIndex(e => e.Key == entry.Key);
            if (known < 0) ordered.Add(entry);
            else ordered[known] = entry;
        }
        Entries = ordered;
        _keys = [.. ordered.Select(e => Compile(e.Key))];
    }

    /// <summary>No exception for any module.</summary>
    public static ModulePattern Empty { get; } = new([]);

    /// <summary>Keys and values in order.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Entries { get; }

    /// <summary>The value of the first key that takes the module, or null if none does.</summary>
    public double? ValueFor(string module)
    {
        for (int i = 0; i < _keys.Length; i++)
            if (_keys[i]?.IsMatch(module) == true) return Entries[i].Value;
        return null;
    }

    /// <summary>Keys that take none of the modules.</summary>
    public IReadOnlyList<string> UnmatchedKeys(IReadOnlyCollection<string> modules) =>
        [.. Entries.Where((_, i) => !modules.Any(m => _keys[i]?.IsMatch(m) == true)).Select(e => e.Key)];

    /// <summary>What is wrong with it by itself; empty if nothing is.</summary>
    /// <param name="name">What the user calls it.</param>
    /// <param name="allowed">Which values are allowed.</param>
    /// <param name="what">The same in words.</param>
    public IEnumerable<string> Faults(string name, Func<double, bool> allowed, string what)
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            (string key, double value) = Entries[i];
            if (_keys[i] is null) yield return $"{name} has the key '{key}', which is not a regular expression";
            if (!allowed(value))
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} of '{key}' is {value}; allowed is {what}");
        }
    }

    private static Regex? Compile(string key)
    {
        try { return PythonRegex.Ending(key); }
        catch (ArgumentException) { return null; }
    }
}
