using LoraCluster.ServiceDefaults;

namespace LoraCluster.AppHost;

/// <summary>
/// The orchestrator writes to the home folder at its start and hangs for a minute where it cannot. So where the home cannot be
/// written, the process and its children get a temporary one.
/// </summary>
internal sealed class HomeFolder : IDisposable
{
    private readonly string? temporary;

    private HomeFolder(string? temporary) => this.temporary = temporary;

    public static HomeFolder Ensure()
    {
        if (OperatingSystem.IsWindows()) return new HomeFolder(null);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        if (UserFolders.CanWrite(home)) return new HomeFolder(null);
        string temporary = Directory.CreateTempSubdirectory("loracluster-home-").FullName;
        Console.WriteLine($"home folder '{home}' cannot be written: using {temporary} for this run");
        Environment.SetEnvironmentVariable("HOME", temporary);
        return new HomeFolder(temporary);
    }

    public void Dispose()
    {
        if (temporary is not null) Directory.Delete(temporary, recursive: true);
    }
}
