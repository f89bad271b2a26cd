using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubDatasetTests
{
    private const string Glue = """
        ---
        license: other
        configs:
        - config_name: cola
          data_files:
          - split: train
            path: cola/train-*
        - config_name: sst2
          data_files:
          - split: test
            path: sst2/test-*
          - split: train
            path:
            - sst2/train-*
          default: true
        - config_name: plain
          data_files: "*.csv"
        - config_name: folder
          data_dir: ax
        ---
        # GLUE
        """;

    [Theory]
    [InlineData("owner/glue:sst2", "sst2", "sst2/test-0.parquet", "sst2/train-0.parquet")]
    [InlineData("owner/glue", "sst2", "sst2/test-0.parquet", "sst2/train-0.parquet")]
    [InlineData("owner/glue:cola", "cola", "cola/train-0.parquet")]
    [InlineData("owner/glue:plain", "", "all.csv")]
    [InlineData("owner/glue:folder", "ax/deep", "ax/deep/x.jsonl")]
    public async Task A_readme_names_the_files_of_a_subset(string name, string content, params string[] files)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        FakeRepository repository = test.Hub.Repository("datasets/owner/glue").Add("README.md", Glue);
        foreach (string file in (string[])["all.csv", "cola/train-0.parquet", "sst2/test-0.parquet", "sst2/train-0.parquet",
            "sst2/sub/train-9.parquet", "ax/deep/x.jsonl", "ax/deep/x.py"])
            repository.Add(file, file);
        HubSnapshot snapshot = await test.PullAsync(name, HubKind.Dataset);
        Assert.Equal(files, snapshot.Files);
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.Combine(snapshot.Folder, content)),
            Path.TrimEndingDirectorySeparator(snapshot.Content));
        Assert.Contains("datasets--owner--glue", snapshot.Folder, StringComparison.Ordinal);
        int before = test.Hub.Seen.Count;
        await test.PullAsync(snapshot.Reference.ToString(), HubKind.Dataset);
        Assert.Equal(before, test.Hub.Seen.Count);
        Assert.Contains("has no subset 'mnli'; allowed are owner/glue:cola, owner/glue:sst2, owner/glue:plain, owner/glue:folder",
            await test.RefusedAsync("owner/glue:mnli", HubKind.Dataset), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("owner/bare", "", "a.csv", "data/train.jsonl", "dev.tsv")]
    [InlineData("owner/bare:sst2", "sst2", "sst2/train.parquet")]
    public async Task Without_a_readme_the_subset_is_a_folder(string name, string content, params string[] files)
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        FakeRepository repository = test.Hub.Repository("datasets/owner/bare");
        foreach (string file in (string[])["a.csv", "dev.tsv", "data/train.jsonl", "sst2/train.parquet", "glue.py", "dataset_infos.json"])
            repository.Add(file, file);
        HubSnapshot snapshot = await test.PullAsync(name, HubKind.Dataset);
        Assert.Equal(files, snapshot.Files);
        Assert.Equal(content, Path.GetRelativePath(snapshot.Folder, snapshot.Content).TrimStart('.'));
        Assert.Contains("for the subset 'mnli'; folders with such files (name one as 'owner/bare:FOLDER'): data, sst2",
            await test.RefusedAsync("owner/bare:mnli", HubKind.Dataset), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_subsets_without_a_default_must_be_named_and_a_broken_header_is_told()
    {
        await using HubDownloads test = await HubDownloads.StartAsync();
        test.Hub.Repository("datasets/owner/two").Add("README.md",
            "---\nconfigs:\n- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv\n---\n").Add("a.csv", "x");
        Assert.Contains("has several subsets; name one of owner/two:a, owner/two:b", await test.RefusedAsync("owner/two", HubKind.Dataset),
            StringComparison.Ordinal);
        test.Hub.Repository("datasets/owner/broken").Add("README.md", "---\nconfigs: [\n---\n").Add("a.csv", "x");
        Assert.Equal(["a.csv"], (await test.PullAsync("owner/broken", HubKind.Dataset)).Files);
        Assert.Contains(test.Notices, n => n.Contains("is not used, since it is no YAML", StringComparison.Ordinal));
        test.Hub.Repository("datasets/owner/script").Add("script.py", "x");
        Assert.Contains("has no .parquet, .tsv, .csv, .jsonl file at its root or in data/; it holds script.py",
            await test.RefusedAsync("owner/script", HubKind.Dataset), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/train-*", "data/train-00000-of-00001.parquet", true)]
    [InlineData("data/train-*", "data/deep/train-1", false)]
    [InlineData("**/train*.csv", "train.csv", true)]
    [InlineData("**/train*.csv", "a/b/train1.csv", true)]
    [InlineData("**", "a/b", true)]
    [InlineData("x?[0-9][!a]", "xy5b", true)]
    [InlineData("x?[0-9][!a]", "xy5a", false)]
    [InlineData("a+b(1).csv", "a+b(1).csv", true)]
    [InlineData("a[", "a[", true)]
    public void Patterns_are_python_s(string pattern, string path, bool takes) =>
        Assert.Equal(takes, DatasetCard.PatternOf(pattern).IsMatch(path));
}
