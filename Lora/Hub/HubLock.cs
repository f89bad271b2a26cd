using System.Globalization;

namespace LoraCluster.Hub;

/// <summary>
/// One process at a time downloads a blob: an exclusive lock on a file, which the system lifts when its holder ends. On Unix it is the lock
/// (flock) that huggingface_hub takes on the same file.
/// </summary>
internal static class HubLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromMinutes(10);

    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Waits for the lock; disposing of the result lifts it.</summary>
    /// <param name="path">The lock file; it stays there.</param>
    /// <param name="size">Bytes that its holder has got so far: as long as they grow, waiting goes on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="note">Told once that there is a wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IDisposable> TakeAsync(string path, Func<long> size, TimeProvider time, Action<string> note,
        CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        (long start, long last, bool told) = (time.GetTimestamp(), size(), false);
        while (true)
        {
            try { return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException e) when (Held.Contains(e.HResult)) { /* somebody holds it */ }
            if (!told) note($"another process downloads the same file; waiting for {path}");
            told = true;
            if (size() is var now && now != last) (start, last) = (time.GetTimestamp(), now);
            if (time.GetElapsedTime(start) > Patience) throw new HubException(HubFault.Disk, string.Create(CultureInfo.InvariantCulture,
                $"another process holds {path} and got nothing for {Patience.TotalMinutes:0} minutes; end it and try again"));
            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
