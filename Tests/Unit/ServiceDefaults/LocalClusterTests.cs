using System.Diagnostics;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Tests.Unit.ServiceDefaults;

public sealed class LocalClusterTests : IDisposable
{
    private static readonly ClusterAddress Address = new("127.0.0.1:7000,password=secret", "local-a");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string[] Folders => [folder.File("clusters")];

    [Fact]
    public void What_was_written_is_found_by_others_of_the_user_alone()
    {
        var written = LocalCluster.OfThisProcess(Address, new Dictionary<string, string> { ["dashboard"] = "http://127.0.0.1:1" });
        string? path = written.TryWrite(Folders);

        var found = Assert.Single(LocalCluster.FindAlive(Folders));
        Assert.Equal((Address.Store, Address.ClusterId, Environment.ProcessId), (found.Store, found.ClusterId, found.ProcessId));
        Assert.Equal("http://127.0.0.1:1", found.Urls["dashboard"]);
        Assert.DoesNotContain("secret", found.Describe(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path!));
    }

    [Fact]
    public void A_process_that_is_gone_is_ignored_and_its_file_removed()
    {
        using var ended = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        Assert.True(ended.WaitForExit(TimeSpan.FromSeconds(30)));
        string? path = (LocalCluster.OfThisProcess(Address, new Dictionary<string, string>()) with { ProcessId = ended.Id })
            .TryWrite(Folders);

        Assert.Empty(LocalCluster.FindAlive(Folders));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Another_process_with_the_same_id_is_not_taken_for_it()
    {
        var earlier = LocalCluster.OfThisProcess(Address, new Dictionary<string, string>());
        (earlier with { ProcessStarted = earlier.ProcessStarted.AddDays(-1) }).TryWrite(Folders);

        Assert.Empty(LocalCluster.FindAlive(Folders));
    }

    [Fact]
    public void A_damaged_file_is_ignored()
    {
        LocalCluster.OfThisProcess(Address, new Dictionary<string, string>()).TryWrite(Folders);
        File.WriteAllText(Path.Combine(Folders[0], "broken.json"), "{ \"store\": ");

        Assert.Single(LocalCluster.FindAlive(Folders));
    }

    [Fact]
    public void A_folder_that_others_can_write_to_is_not_trusted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "modes are those of Unix");
        LocalCluster.OfThisProcess(Address, new Dictionary<string, string>()).TryWrite(Folders);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folders[0],
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);

        Assert.Empty(LocalCluster.FindAlive(Folders));
    }
}
