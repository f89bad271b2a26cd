using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using TorchSharp;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>The machine and the program that measured: what decides a figure beside the work itself.</summary>
internal static class MachineFacts
{
    public static IReadOnlyList<JobFact> Of(NodeOptions node, int threads)
    {
        var version = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        return
        [
            new JobFact("host", Environment.MachineName), new JobFact("hardware", node.Hardware), new JobFact("device", node.Device),
            new JobFact("cores", Text($"{Environment.ProcessorCount}")), new JobFact("threads", Text($"{threads}")),
            new JobFact("memory", Text($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0.0} GB")),
            new JobFact("kernels", node.KernelRoute), new JobFact("system", RuntimeInformation.OSDescription),
            new JobFact("runtime", RuntimeInformation.FrameworkDescription),
            new JobFact("TorchSharp", version?.InformationalVersion.Split('+')[0] ?? ""),
            new JobFact("program", node.Version),
        ];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
