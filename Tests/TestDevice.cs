using LoraCluster.Devices;
using static TorchSharp.torch;

namespace LoraCluster.Tests;

/// <summary>Where the tests of the numerics compute: LORACLUSTER_TEST_DEVICE, <c>cpu</c> unless it says otherwise.</summary>
internal static class TestDevice
{
    public static string Name { get; } = ComputeDevice.Resolve(Environment.GetEnvironmentVariable("LORACLUSTER_TEST_DEVICE") ?? "cpu");

    public static Device Current { get; } = new(Name);
}
