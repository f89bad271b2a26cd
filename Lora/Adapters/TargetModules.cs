using System.Text.RegularExpressions;

namespace LoraCluster.Adapters;

/// <summary>
/// Which modules a configuration means, by PEFT's rules, as a pure function over names: a list entry matches a whole name or an ending at a
/// dot; a single string is a regular expression for the whole name, or <c>all-linear</c>.
/// </summary>
public sealed class TargetModules
{
    private readonly Regex? _regex;
    private readonly string? _regexFault;

    private TargetModules(IReadOnlyList<string> names, string? pattern)
    {
        Names = names;
        Pattern = pattern;
        if (pattern is null) return;
        try { _regex = PythonRegex.Whole(pattern); }
        catch (ArgumentException e) { _regexFault = e.Message; }
    }

    /// <summary>The list entries; empty if a regular expression is used.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The regular expression, or null if list entries are used.</summary>
    public string? Pattern { get; }

    /// <summary>List entries: whole names, endings at a dot, or short names that a family maps (q, k, v, o).</summary>
    public static TargetModules Named(params IReadOnlyList<string> names) => new([.. names], null);

    /// <summary>A regular expression, in the syntax of Python's re, for whole names.</summary>
    public static TargetModules Matching(string pattern) =>
        string.Equals(pattern, "all-linear", StringComparison.OrdinalIgnoreCase) ? AllLinear : new TargetModules([], pattern);

    /// <summary>True if the entry (or the expression) takes the module of that name.</summary>
    public bool Matches(string moduleName) =>
        _regex is not null ? _regex.IsMatch(moduleName) : Names.Any(entry => EntryMatches(entry, moduleName));

    /// <summary>True if a list entry takes the module: the whole name, or an ending that starts after a dot.</summary>
    public static bool EntryMatches(string entry, string moduleName) =>
        moduleName.EndsWith(entry, StringComparison.Ordinal)
        && (moduleName.Length == entry.Length || moduleName[moduleName.Length - entry.Length - 1] == '.');

    /// <summary>Every linear layer but the classification head.</summary>
    public static TargetModules AllLinear { get; } = new(["all-linear"], null);

    /// <summary>True for <see cref="AllLinear"/>.</summary>
    public bool IsAllLinear => Pattern is null && Names is ["all-linear"];

    /// <summary>The same with each entry replaced by what a family's short names say.</summary>
    public TargetModules Expand(IReadOnlyDictionary<string, string> shortNames) =>
        Pattern is not null ? this : new([.. Names.Select(n => shortNames.GetValueOrDefault(n, n)).Distinct(StringComparer.Ordinal)], null);

    /// <summary>What is wrong with it by itself; empty if nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        if (_regexFault is not null) return [$"target-regex is '{Pattern}', which is not a regular expression: {_regexFault}"];
        if (Pattern is { Length: 0 }) return ["target-regex is empty; allowed is a regular expression for whole module names"];
        if (Pattern is null && Names.Count == 0) return ["target is empty; allowed is one or more module names"];
        return [.. Names.Where(string.IsNullOrWhiteSpace).Select(n => $"target has the entry '{n}'; allowed are module names")];
    }

    /// <inheritdoc/>
    public override string ToString() => Pattern ?? string.Join(',', Names);
}
