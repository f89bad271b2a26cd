using System.Diagnostics;
using System.Globalization;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>Memory of this process, as the system counts it: native memory and the runtime's own included.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Most bytes that were ever resident (VmHWM on Linux).</summary>
    public static long PeakBytes() => FromStatus("VmHWM:") ?? Ask(process => process.PeakWorkingSet64);

    /// <summary>Bytes that are resident now (VmRSS on Linux).</summary>
    public static long ResidentBytes() => FromStatus("VmRSS:") ?? Ask(process => process.WorkingSet64);

    private static long? FromStatus(string name)
    {
        if (!File.Exists(Status)) return null;
        string? line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        string? number = line?[name.Length..].Trim().Split(' ')[0];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
    }

    private static long Ask(Func<Process, long> figure)
    {
        using var self = Process.GetCurrentProcess();
        return figure(self);
    }
}
