using System.Diagnostics;
using System.Text.Json;

namespace LoraCluster.ServiceDefaults;

/// <summary>
/// A cluster that an app host serves on this machine: one file in the user's state folder, readable by the user alone, which tells
/// a client where it is. A file whose process is dead is ignored and removed.
/// </summary>
public sealed record LocalCluster
{
    private static readonly TimeSpan StartTimeTolerance = TimeSpan.FromSeconds(5);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>A whole StackExchange.Redis string, with the password where there is one.</summary>
    public required string Store { get; init; }

    /// <summary>Orleans' cluster id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The app host's process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>When that process started: a later one may have the same id.</summary>
    public required DateTimeOffset ProcessStarted { get; init; }

    /// <summary>Addresses to look at, by name, as <c>dashboard</c>.</summary>
    public IReadOnlyDictionary<string, string> Urls { get; init; } = new Dictionary<string, string>();

    /// <summary>The cluster that this process serves.</summary>
    public static LocalCluster OfThisProcess(ClusterAddress address, IReadOnlyDictionary<string, string> urls)
    {
        using var process = Process.GetCurrentProcess();
        return new LocalCluster
        {
            Store = address.Store,
            ClusterId = address.ClusterId,
            ProcessId = process.Id,
            ProcessStarted = process.StartTime.ToUniversalTime(),
            Urls = urls,
        };
    }

    /// <summary>Every cluster whose app host is alive, the oldest first.</summary>
    public static IReadOnlyList<LocalCluster> FindAlive() => FindAlive(Folders());

    internal static IReadOnlyList<LocalCluster> FindAlive(IEnumerable<string> folders)
    {
        var alive = new List<LocalCluster>();
        foreach (string folder in folders.Where(f => Directory.Exists(f) && UserFolders.TryCreatePrivate(f)))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*.json"))
            {
                if (TryRead(file) is not { } cluster) continue;
                if (cluster.IsAlive()) alive.Add(cluster);
                else TryDelete(file);
            }
        }
        return [.. alive.DistinctBy(c => c.ClusterId).OrderBy(c => c.ProcessStarted)];
    }

    /// <summary>Writes the file.</summary>
    /// <returns>Its path, or null where no place can be written: the cluster then is found only by its store.</returns>
    public string? TryWrite() => TryWrite(Folders());

    internal string? TryWrite(IEnumerable<string> folders)
    {
        foreach (string folder in folders.Where(UserFolders.TryCreatePrivate))
        {
            string path = Path.Combine(folder, $"{ClusterId}.json"), fresh = path + ".new";
            // A rename, so that a reader sees the whole file or none.
            using (var stream = new FileStream(fresh, NewForOwner())) JsonSerializer.Serialize(stream, this, Json);
            File.Move(fresh, path, overwrite: true);
            return path;
        }
        return null;
    }

    /// <summary>Takes the file away again.</summary>
    public void Remove()
    {
        foreach (string folder in Folders().Where(Directory.Exists)) TryDelete(Path.Combine(folder, $"{ClusterId}.json"));
    }

    /// <summary>One line for people: process, start, addresses; never the store's password.</summary>
    public string Describe() => FormattableString.Invariant(
        $"process {ProcessId}, since {ProcessStarted.ToLocalTime():yyyy-MM-dd HH:mm:ss}, store {Store.Split(',')[0]}");

    /// <summary>Where the files may be: without a home that can be written, a client under the same conditions still finds them.</summary>
    private static IEnumerable<string> Folders() => [Path.Combine(UserFolders.State, "clusters"), UserFolders.Temporary];

    private bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return (process.StartTime.ToUniversalTime() - ProcessStarted.UtcDateTime).Duration() < StartTimeTolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static LocalCluster? TryRead(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize<LocalCluster>(stream, Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process may have removed it, or it is not ours to remove: either way it stays ignored.
        }
    }

    private static FileStreamOptions NewForOwner()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
