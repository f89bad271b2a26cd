namespace LoraCluster.Tests.Architecture;

/// <summary>The repository's own source, without what a build makes.</summary>
internal static class SourceFiles
{
    public static string Root { get; } = SharedData.RepositoryRoot();

    public static IEnumerable<string> Projects() =>
        Directory.EnumerateDirectories(Root).SelectMany(d => Directory.EnumerateFiles(d, "*.csproj"));

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> CSharp() =>
    [
        .. Directory.EnumerateDirectories(Root)
            .Where(d => !Path.GetFileName(d).StartsWith('.'))
            .SelectMany(d => Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    public static string[] Lines(string relative) => File.ReadAllLines(Path.Combine(Root, relative));
}
