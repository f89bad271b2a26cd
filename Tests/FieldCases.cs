using System.Text.Json;

namespace LoraCluster.Tests;

/// <summary>The folders of field cases of one kind, for theories; if there are none, an absent one: its test skips visibly.</summary>
internal static class FieldCases
{
    public static TheoryData<string> Folders(string prefix)
    {
        string[] folders = Directory.Exists(SharedData.Cases)
            ? [.. Directory.GetDirectories(SharedData.Cases, prefix + "*").Order(StringComparer.Ordinal)]
            : [];
        return [.. folders.Length > 0 ? folders : [Path.Combine(SharedData.Cases, prefix + "*")]];
    }

    /// <summary>The right values of a case. The caller disposes.</summary>
    public static JsonDocument Expected(string folder) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Require(folder), "expected.json")));

    /// <summary>A path that a case gives relative to the folder above the shared one (<c>shared/data/...</c>).</summary>
    public static string Resolve(string path)
    {
        const string prefix = "shared/";
        Assert.StartsWith(prefix, path, StringComparison.Ordinal);
        return SharedData.Require(Path.Combine(SharedData.Root, path[prefix.Length..]));
    }
}
