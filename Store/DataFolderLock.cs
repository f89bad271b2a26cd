using System.Diagnostics;
using System.Globalization;

namespace LoraCluster.Store;

/// <summary>
/// Holds the data folder for this process: two stores over the same files would destroy them. The lock is the operating system's
/// and ends with the process, however it ends.
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);
    private readonly FileStream lockFile;

    private DataFolderLock(FileStream lockFile) => this.lockFile = lockFile;

    /// <summary>The lock, or null if another process holds the folder for as long as one that is just ending may need.</summary>
    public static DataFolderLock? TryTake(string folder, TimeSpan patience, WaitHandle stop)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(folder) is { } taken) return taken;
            if (Stopwatch.GetElapsedTime(start) > patience || stop.WaitOne(RetryPause)) return null;
        }
    }

    private static DataFolderLock? TryTake(string folder)
    {
        try
        {
            var file = new FileStream(Path.Combine(folder, "store.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return new DataFolderLock(file);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => lockFile.Dispose();
}
