using System.Text.RegularExpressions;

namespace LoraCluster.Tests.Architecture;

/// <summary>The style that a reader relies on, kept by tests.</summary>
[Trait("Category", "Architecture")]
public sealed partial class SourceStyleTests
{
    private const int LongestLine = 140, LargestFile = 20 * 1024;

    // Compiled by MSBuild's own compiler, in the language version and without the namespace that it wants.
    private const string InlineTask = "build/PatchLibTorchSharp.cs";

    [Fact]
    public void No_line_is_longer_than_140_characters() => None(
        from file in SourceFiles.CSharp()
        from line in SourceFiles.Lines(file).Index()
        where line.Item.Length > LongestLine && file != InlineTask
        select $"{file}:{line.Index + 1} has {line.Item.Length}");

    [Fact]
    public void No_file_is_larger_than_20_KB() => None(
        from file in SourceFiles.CSharp()
        let size = new FileInfo(Path.Combine(SourceFiles.Root, file)).Length
        where size > LargestFile
        select $"{file} has {size} bytes");

    [Fact]
    public void No_type_or_folder_has_a_name_that_says_nothing() => None(
        from file in SourceFiles.CSharp()
        from name in file[..^3].Split('/')
        where EmptyName().IsMatch(name)
        select file);

    [Fact]
    public void No_declared_type_has_a_name_that_says_nothing() => None(
        Matches(DeclaredEmptyName(), SourceFiles.CSharp()));

    [Fact]
    public void Nothing_is_left_for_later() => None(
        Matches(LeftForLater(), OutsideOfThis()));

    [Fact]
    public void Tests_wait_for_events_and_never_sleep() => None(
        Matches(Sleep(), OutsideOfThis().Where(f => f.StartsWith("Tests/", StringComparison.Ordinal))));

    [Fact]
    public void Namespaces_are_file_scoped() => None(Matches(BlockNamespace(), SourceFiles.CSharp()));

    /// <summary>Names every place, where the usual assertion shows the first few.</summary>
    private static void None(IEnumerable<string> faults)
    {
        string all = string.Join('\n', faults);
        Assert.True(all.Length == 0, all);
    }

    /// <summary>The patterns below are in this file.</summary>
    private static IEnumerable<string> OutsideOfThis() =>
        SourceFiles.CSharp().Where(f => !f.EndsWith("/SourceStyleTests.cs", StringComparison.Ordinal));

    private static IEnumerable<string> Matches(Regex pattern, IEnumerable<string> files) =>
        from file in files
        from line in SourceFiles.Lines(file).Index()
        where pattern.IsMatch(line.Item)
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}";

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utilities)$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+\w*(Manager|Helpers?|Utils?|Utilities)\b")]
    private static partial Regex DeclaredEmptyName();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\((?!Timeout\.Infinite)")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"^namespace [\w.]+\s*\{?\s*$")]
    private static partial Regex BlockNamespace();
}
