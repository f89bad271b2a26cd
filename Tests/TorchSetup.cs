using System.Runtime.CompilerServices;
using LoraCluster.Kernels;

namespace LoraCluster.Tests;

/// <summary>Tests run beside each other, so each gets one thread for its tensor operations, unless it asks for more itself.</summary>
internal static class TorchSetup
{
    [ModuleInitializer]
    internal static void Initialize() => TorchThreads.Set(1);
}
