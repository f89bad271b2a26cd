using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Kernels;

/// <summary>Counts this thread's live tensors around an action, so that a leak of one a call shows.</summary>
internal static class LiveTensors
{
    public static void AssertStable(int rounds, Action action)
    {
        for (int i = 0; i < 3; i++) action();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < rounds; i++) action();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    public static byte[] Bits(Tensor tensor)
    {
        using Tensor contiguous = tensor.detach().contiguous();
        return contiguous.bytes.ToArray();
    }

    public static double LargestDifference(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return a.detach().to(ScalarType.Float64).sub(b.detach().to(ScalarType.Float64)).abs().max().item<double>();
    }
}
