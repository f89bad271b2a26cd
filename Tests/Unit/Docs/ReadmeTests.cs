using LoraCluster.Adapters;

namespace LoraCluster.Tests.Unit.Docs;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_s_example_is_the_one_that_compiles()
    {
        string root = SharedData.RepositoryRoot();
        string[] lines = File.ReadAllLines(Path.Combine(root, "Tests", "Unit", "Docs", "ReadmeExample.cs"));
        int first = Array.FindIndex(lines, l => l.Trim() == "// example") + 1;
        int end = Array.FindIndex(lines, l => l.Trim() == "// end of example");
        string example = string.Join('\n', lines[first..end].Select(l => l.Length > 8 ? l[8..] : l.Trim()));
        Assert.Contains(example, File.ReadAllText(Path.Combine(root, "README.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_s_example_trains()
    {
        string name = Directory.Exists(SharedData.Cases) ? Directory.GetDirectories(SharedData.Cases, "f29*").FirstOrDefault() ?? "f29"
            : "f29";
        string folder = SharedData.Require(Path.Combine(SharedData.Cases, name));
        using var data = new TemporaryFolder();
        foreach (string split in new[] { "train.tsv", "dev.tsv" }) File.Copy(Path.Combine(folder, "data", "train.tsv"), data.File(split));
        double accuracy = ReadmeExample.Run(Path.Combine(folder, "base"), data.Path, data.File("adapter"));
        Assert.InRange(accuracy, 0, 1);
        Assert.Equal(8, AdapterFolder.Read(data.File("adapter")).Config.Rank);
    }
}
