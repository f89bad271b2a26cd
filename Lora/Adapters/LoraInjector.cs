using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraCluster.Adapters;

/// <summary>A module by name and whether it is a layer that can take an adapter.</summary>
/// <param name="Name">Module path, as <c>bert.encoder.layer.0.attention.self.query</c>.</param>
/// <param name="IsLinear">True for a linear layer.</param>
/// <param name="IsEmbedding">True for an embedding, which takes an adapter where it is named.</param>
/// <param name="IsOutputHead">True for the layer over the vocabulary, which takes an adapter where it is named, not by
/// <c>all-linear</c>.</param>
public readonly record struct ModuleName(string Name, bool IsLinear, bool IsEmbedding = false, bool IsOutputHead = false);

/// <summary>What an injection does: which modules are adapted, which are trained whole, and which entries matched nothing.</summary>
/// <param name="Targets">Modules that get an adapter, in the model's order.</param>
/// <param name="SavedModules">Modules that are trained and saved whole (the head).</param>
/// <param name="UnmatchedEntries">Target entries that took no module, beside others that did.</param>
/// <param name="UnmatchedPatternKeys">Keys of the rank and alpha patterns that took no adapted module, as <c>rank_pattern: key</c>.</param>
public sealed record InjectionPlan(IReadOnlyList<string> Targets, IReadOnlyList<string> SavedModules,
    IReadOnlyList<string> UnmatchedEntries, IReadOnlyList<string> UnmatchedPatternKeys)
{
    /// <summary>No adapter at all.</summary>
    public static InjectionPlan None { get; } = new([], [], [], []);
}

/// <summary>
/// Chooses modules by PEFT's rules (peft/tuners/tuners_utils.py: check_target_module_exists), as a pure function over names. A list entry
/// takes a whole name or an ending at a dot; a string is a regular expression for the whole name; the same holds for exclusions; layer
/// numbers compare as numbers.
/// </summary>
public static partial class LoraInjector
{
    /// <summary>Decides where adapters go.</summary>
    /// <param name="modules">The model's modules, in order.</param>
    /// <param name="config">The adapter's configuration, its short names already expanded.</param>
    /// <param name="headModules">The family's classification head: trained whole, never adapted.</param>
    /// <exception cref="UserErrorException">No entry takes a module, or one takes a module that is neither linear nor an embedding; names
    /// what there is.</exception>
    public static InjectionPlan Plan(IReadOnlyList<ModuleName> modules, LoraConfig config, IReadOnlyCollection<string> headModules)
    {
        if (config.Faults() is { Count: > 0 } faults) throw new UserErrorException(string.Join("\n", faults));
        var saved = modules.Select(m => m.Name).Where(n => headModules.Contains(n) || config.ModulesToSave.Any(e => EndsWith(n, e)))
            .ToList();
        bool Free(ModuleName m) => !saved.Contains(m.Name) && !saved.Any(s => m.Name.StartsWith(s + ".", StringComparison.Ordinal));

        TargetModules entries = config.TargetModules;
        bool Takes(ModuleName m) => entries.IsAllLinear ? m.IsLinear && !m.IsOutputHead : entries.Matches(m.Name);
        List<ModuleName> matched =
            [.. modules.Where(Takes).Where(Free).Where(m => !Excluded(m.Name, config)).Where(m => InLayers(m.Name, config))];
        if (matched.Count == 0) throw new UserErrorException(NothingMatched(modules, config));
        List<string> other = [.. matched.Where(m => !m.IsLinear && !m.IsEmbedding).Select(m => m.Name)];
        if (other.Count > 0)
        {
            string names = string.Join(", ", other);
            throw new UserErrorException($"target '{entries}' takes {names}; allowed are linear layers: {Kinds(modules)}");
        }

        IReadOnlyList<string> unmatched = entries.IsAllLinear ? [] :
            [.. entries.Names.Where(entry => !matched.Any(m => TargetModules.EntryMatches(entry, m.Name)))];
        List<string> targets = [.. matched.Select(m => m.Name)];
        return new InjectionPlan(targets, saved, unmatched, [
            .. config.RankPattern.UnmatchedKeys(targets).Select(k => $"rank_pattern: {k}"),
            .. config.AlphaPattern.UnmatchedKeys(targets).Select(k => $"alpha_pattern: {k}")]);
    }

    private static bool EndsWith(string module, string entry) => module.EndsWith(entry, StringComparison.Ordinal);

    private static bool Excluded(string module, LoraConfig config) => config.ExcludeModules is { } e && e.Matches(module);

    private static bool InLayers(string module, LoraConfig config)
    {
        // A whole name as entry is meant literally, whatever its layer; as in PEFT.
        if (config.LayersToTransform is not { } layers || config.TargetModules.Names.Contains(module)) return true;
        Match match = Match.Empty;
        if (config.LayersPattern.Count == 0) match = AnyLayer().Match(module);
        foreach (string pattern in config.LayersPattern)
        {
            match = PythonRegex.LayerNumber(pattern).Match(module);
            if (match.Success) break;
        }
        return match.Success && layers.Contains(int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static string NothingMatched(IReadOnlyList<ModuleName> modules, LoraConfig config)
    {
        string narrowing = (config.ExcludeModules is null ? "" : $" without '{config.ExcludeModules}'")
            + (config.LayersToTransform is null ? "" : $" in the layers {string.Join(", ", config.LayersToTransform)}")
            + (config.LayersPattern.Count == 0 ? "" : $" of '{string.Join(", ", config.LayersPattern)}'");
        return $"target '{config.TargetModules}'{narrowing} takes no module; the linear layers are {Kinds(modules)}";
    }

    /// <summary>The modules that can take an adapter, linear ones first, with layer numbers folded together, so that a list of them can be
    /// read.</summary>
    private static string Kinds(IReadOnlyList<ModuleName> modules)
    {
        static string Names(IEnumerable<ModuleName> kind) =>
            string.Join(", ", kind.Select(m => Number().Replace(m.Name, ".N.")).Distinct(StringComparer.Ordinal));
        string embeddings = Names(modules.Where(m => m.IsEmbedding));
        return Names(modules.Where(m => m.IsLinear)) + (embeddings.Length > 0 ? $"; embeddings: {embeddings}" : "");
    }

    [GeneratedRegex(@"\A.*?\.[^.]*\.([0-9]+)\.", RegexOptions.CultureInvariant)]
    private static partial Regex AnyLayer();

    [GeneratedRegex(@"\.[0-9]+\.", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
