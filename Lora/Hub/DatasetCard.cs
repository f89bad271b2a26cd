using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LoraCluster.Hub;

/// <summary>A subset as a data set's README names it.</summary>
/// <param name="Name">Its name (config_name).</param>
/// <param name="Patterns">Patterns of its files; empty: the README names none.</param>
/// <param name="IsDefault">True if it is meant where none is named.</param>
internal sealed record DatasetSubset(string Name, IReadOnlyList<string> Patterns, bool IsDefault)
{
    private readonly Regex[] _patterns = [.. Patterns.Select(DatasetCard.PatternOf)];

    /// <summary>True if a file of the repository is of this subset.</summary>
    public bool Takes(string file) => _patterns.Any(pattern => pattern.IsMatch(file));
}

/// <summary>
/// The header of a data set's README: YAML between two lines of three dashes, whose list <c>configs</c> has the subsets with
/// <c>config_name</c>, <c>data_files</c> (a pattern, patterns, or patterns by split) or <c>data_dir</c>, and <c>default</c>.
/// </summary>
internal static class DatasetCard
{
    /// <summary>The subsets; none where there is no header or it has no configs.</summary>
    /// <exception cref="FormatException">The header is no YAML.</exception>
    public static IReadOnlyList<DatasetSubset> Subsets(string readme)
    {
        if (HeaderOf(readme) is not { } header) return [];
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(header));
            return stream.Documents is [{ RootNode: YamlMappingNode root }, ..] && Child(root, "configs") is YamlSequenceNode configs
                ? [.. configs.OfType<YamlMappingNode>().Select(SubsetOf)] : [];
        }
        catch (YamlException e) { throw new FormatException(e.Message.ReplaceLineEndings(" "), e); }
    }

    /// <summary>A pattern of paths: <c>*</c> within a name, <c>**</c> over folders, <c>?</c>, <c>[…]</c>.</summary>
    public static Regex PatternOf(string pattern)
    {
        string text = Regex.Replace(pattern, @"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?\[]+|\[", match => match.Value switch
        {
            "**/" => "(?:.*/)?",
            "**" => ".*",
            "*" => "[^/]*",
            "?" => "[^/]",
            ['[', '!', .. var rest] => "[^" + Class(rest) + "]",
            ['[', .. var rest] when rest.Length > 1 => "[" + Class(rest) + "]",
            var plain => Regex.Escape(plain),
        });
        return new Regex($@"\A{text}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    private static string Class(string withBracket) => withBracket[..^1].Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("[", @"\[", StringComparison.Ordinal).Replace("^", @"\^", StringComparison.Ordinal);

    private static string? HeaderOf(string readme)
    {
        string[] lines = readme.TrimStart('\ufeff').Split('\n');
        if (lines[0].TrimEnd() != "---") return null;
        int end = Array.FindIndex(lines, 1, line => line.TrimEnd() == "---");
        return end < 0 ? null : string.Join('\n', lines[1..end]);
    }

    private static DatasetSubset SubsetOf(YamlMappingNode config)
    {
        string name = Child(config, "config_name") is YamlScalarNode { Value: { } given } ? given : "default";
        string folder = Child(config, "data_dir") is YamlScalarNode { Value: { Length: > 0 } dir } ? dir.Trim('/') + "/" : "";
        string[] files = [.. Paths(Child(config, "data_files"))];
        if (files.Length == 0 && folder.Length > 0) files = ["**"];
        bool isDefault = name == "default" || Child(config, "default") is YamlScalarNode { Value: "true" or "True" };
        return new DatasetSubset(name, [.. files.Select(file => folder + PatternFrom(file))], isDefault);
    }

    private static string PatternFrom(string file) =>
        (file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file) + (file.EndsWith('/') ? "**" : "");

    private static IEnumerable<string> Paths(YamlNode? node) => node switch
    {
        YamlScalarNode { Value: { Length: > 0 } path } => [path],
        YamlSequenceNode list => list.SelectMany(Paths),
        // {split: train, path: …} or {train: …}.
        YamlMappingNode map => Child(map, "path") is { } path ? Paths(path) : map.Children.Values.SelectMany(Paths),
        _ => [],
    };

    private static YamlNode? Child(YamlMappingNode map, string name) =>
        map.Children.FirstOrDefault(pair => pair.Key is YamlScalarNode { Value: { } key } && key == name).Value;
}
