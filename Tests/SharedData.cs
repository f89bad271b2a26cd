namespace LoraCluster.Tests;

/// <summary>
/// Optional local data beside the repository: <c>../shared</c>, or the folder named by LORACLUSTER_DATA, with data/, fixtures/,
/// cases/ and reference/. Tests that need a part of it skip, with the reason, where it is absent.
/// </summary>
internal static class SharedData
{
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("LORACLUSTER_DATA") ?? Path.Combine(RepositoryRoot(), "..", "shared");

    public static string Data => Path.Combine(Root, "data");

    public static string Fixtures => Environment.GetEnvironmentVariable("LORACLUSTER_FIXTURES") ?? Path.Combine(Root, "fixtures");

    public static string Cases => Environment.GetEnvironmentVariable("LORACLUSTER_CASES") ?? Path.Combine(Root, "cases");

    /// <summary>The path, if it exists; else the running test is skipped with the reason.</summary>
    public static string Require(string path)
    {
        Assert.SkipUnless(Path.Exists(path), $"optional local data is absent: {path}");
        return path;
    }

    public static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "LoraCluster.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"no LoraCluster.sln above {AppContext.BaseDirectory}");
    }
}
