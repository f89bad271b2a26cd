using System.Reflection;
using LoraCluster.Grains.Nodes;
using LoraCluster.Kernels;
using TorchSharp;

namespace LoraCluster.Silo;

/// <summary>What this silo offers to trainers.</summary>
public static class Node
{
    /// <summary>Fills in the description; tries the kernels on this machine, and says what does not hold.</summary>
    public static void Describe(NodeOptions node, SiloOptions options, string device)
    {
        var kernels = KernelSelfTest.Report;
        foreach (string reason in kernels.Reasons) Console.WriteLine($"kernels: {reason}");
        node.KernelRoute = kernels.Route;
        // The test is one of the processor's kernels. On a GPU each micro-batch is computed by itself, in one way.
        node.EqualBits = device != "cpu" || kernels.EqualBits(torch.ScalarType.Float32);
        node.Slots = options.Slots;
        node.Threads = options.Threads;
        node.Device = device;
        node.Hardware = Hardware.Describe(device);
        node.Version = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "";
    }
}
