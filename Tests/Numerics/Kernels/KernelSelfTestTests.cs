using LoraCluster.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraCluster.Tests.Numerics.Kernels;

public sealed class KernelSelfTestTests
{
    [Fact]
    public void The_report_is_made_once_and_says_what_it_does_not_promise()
    {
        KernelReport report = KernelSelfTest.Report;
        Assert.Same(report, KernelSelfTest.Report);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report} {string.Join("; ", report.Reasons)}");
        bool all = report.PackedLinear && report.PackedBf16 && report.RowIndependentFp32 && report.RowIndependentBf16
            && report.CounterDropout && report.FusedAdamW;
        Assert.Equal(all, report.Reasons.Length == 0);
        Assert.True(report.CounterDropout);
        Assert.Equal(TorchAbi.IsAvailable, TorchAbi.Reason is null);
        Assert.Equal(4, report.Route.Split('/').Length);
        Assert.False(report.EqualBits(ScalarType.Float64));
    }

    [Fact]
    public void A_plain_weight_is_never_taken_to_be_row_independent()
    {
        using Tensor w = randn(8, 8);
        using var plain = PackedWeight.Plain(w);
        Assert.False(KernelSelfTest.RowIndependent(plain));
    }

    [Fact]
    public void A_second_run_leaves_threads_and_tensors_as_they_were()
    {
        _ = KernelSelfTest.Report;
        int threads = TorchThreads.Current;
        LiveTensors.AssertStable(1, () => KernelSelfTest.Run());
        Assert.Equal(threads, TorchThreads.Current);
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Libtorch_as_shipped_for_linux_has_every_export()
    {
        bool shipped = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("LORACLUSTER_LIBTORCH") is null;
        Assert.SkipUnless(shipped, "another libtorch");
        Assert.True(TorchAbi.IsAvailable, TorchAbi.Reason);
        Assert.Equal("2.10.0", TorchAbi.Version);
    }
}
