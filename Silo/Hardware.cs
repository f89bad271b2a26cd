using System.Runtime.InteropServices;

namespace LoraCluster.Silo;

/// <summary>The processor or accelerator, for people: equal bits hold for the same kind only.</summary>
public static class Hardware
{
    /// <summary>As "AMD EPYC 9R14, x64, 2 cores" or "cuda:0, 2 cores".</summary>
    public static string Describe(string device)
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return FormattableString.Invariant(
            $"{(device == "cpu" ? Processor() : device)}, {architecture}, {Environment.ProcessorCount} cores");
    }

    private static string Processor()
    {
        try
        {
            string? line = File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                : null;
            return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "cpu";
        }
        catch (IOException)
        {
            return "cpu";
        }
    }
}
