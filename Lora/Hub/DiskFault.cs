namespace LoraCluster.Hub;

/// <summary>What to say when the cache cannot be written.</summary>
internal static class DiskFault
{
    // ENOSPC, EDQUOT (Linux, macOS), ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL.
    private static readonly int[] Full = [28, 122, 69, unchecked((int)0x80070027), unchecked((int)0x80070070)];

    public static string Of(Exception e, HubOptions options) => e is IOException && Full.Contains(e.HResult)
        ? $"the disk of {options.CacheFolder} is full; what came is kept: make room and give the same command again, "
            + "or set HF_HOME to a folder on another disk"
        : $"the cache {options.CacheFolder} cannot be used: {e.Message} (HF_HOME names another place)";
}
