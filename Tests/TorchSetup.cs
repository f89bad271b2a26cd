using System.Runtime.CompilerServices;
using LoraCluster.Devices;
using LoraCluster.Kernels;

namespace LoraCluster.Tests;

/// <summary>Tests run beside each other, so each gets one thread for its tensor operations, unless it asks for more itself.</summary>
internal static class TorchSetup
{
    [ModuleInitializer]
    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("LORACLUSTER_LIBTORCH") is { Length: > 0 } folder) LibTorchLocation.Use(folder);
        TorchThreads.Set(1);
    }
}
