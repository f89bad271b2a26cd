using LoraCluster.Files;

namespace LoraCluster.Tests.Unit.Files;

public sealed class StagedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_there_whole_or_not_at_all()
    {
        using (StagedFolder abandoned = StagedFolder.Begin(Output, overwrite: false)) abandoned.Create("a").Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        using (StagedFolder staged = StagedFolder.Begin(Output, overwrite: false))
        {
            staged.Create("a").Dispose();
            Assert.False(Directory.Exists(Output));
            staged.Complete();
        }
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal([Path.Combine(Output, "a")], Directory.GetFileSystemEntries(Output));
    }

    [Fact]
    public void What_is_there_stays_unless_it_is_a_model_s_folder_and_may_be_overwritten()
    {
        Directory.CreateDirectory(Output);
        File.WriteAllText(Path.Combine(Output, "notes"), "mine");
        Assert.Contains("not empty", StagedFolder.FaultOf(Output, overwrite: false), StringComparison.Ordinal);
        Assert.Contains("neither a model's nor", StagedFolder.FaultOf(Output, overwrite: true), StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => StagedFolder.Begin(Output, overwrite: true));

        File.WriteAllText(Path.Combine(Output, "config.json"), "{}");
        using (StagedFolder staged = StagedFolder.Begin(Output, overwrite: true))
        {
            staged.Create("b").Dispose();
            staged.Complete();
        }
        Assert.Equal([Path.Combine(Output, "b")], Directory.GetFileSystemEntries(Output));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void A_file_s_name_leads_nowhere_else(string name)
    {
        using StagedFolder staged = StagedFolder.Begin(Output, overwrite: false);
        Assert.Throws<UserErrorException>(() => staged.Create(name));
    }

    [Fact]
    public void A_file_in_the_way_is_named()
    {
        File.WriteAllText(Output, "");
        Assert.Contains("which is a file", Assert.Throws<UserErrorException>(() => StagedFolder.Begin(Output, true)).Message,
            StringComparison.Ordinal);
    }
}
