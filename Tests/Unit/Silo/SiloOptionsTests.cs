using LoraCluster.Devices;
using System.Net;
using LoraCluster.Silo;

namespace LoraCluster.Tests.Unit.Silo;

public sealed class SiloOptionsTests
{
    private static SiloOptions Parse(string[] args, params (string Name, string Value)[] environment) =>
        SiloOptions.Parse(args, name => environment.FirstOrDefault(e => e.Name == name).Value);

    [Fact]
    public void Defaults_take_all_cores_and_any_device()
    {
        var options = Parse([]);

        Assert.Equal(new SiloOptions { Device = "auto", Threads = Environment.ProcessorCount, Slots = 4 }, options);
    }

    [Fact]
    public void Arguments_win_over_the_environment()
    {
        var options = Parse(["--threads", "3", "--device", "cpu"], ("LORACLUSTER_THREADS", "5"), ("LORACLUSTER_SLOTS", "2"),
            ("LORACLUSTER_ADVERTISE", "10.0.0.5"), ("LORACLUSTER_LIBTORCH", "/opt/torch/lib"));

        Assert.Equal((3, 2, "cpu", "/opt/torch/lib"), (options.Threads, options.Slots, options.Device, options.LibTorch));
        Assert.Equal(IPAddress.Parse("10.0.0.5"), options.Advertise);
    }

    [Fact]
    public void Every_fault_is_named_at_once_whichever_way_it_came()
    {
        var error = Assert.Throws<UserErrorException>(() => Parse(
            ["--theads", "1", "--slots", "0", "--advertise", "0.0.0.0", "--silo-port", "7000", "--gateway-port", "7000", "--cluster",
                "a b"],
            ("LORACLUSTER_DEVICE", "gpu"), ("LORACLUSTER_THREADS", "many")));

        string[] lines = error.Message.Split(Environment.NewLine);
        string[] expected =
            ["'--theads'", "'1'", "--slots '0'", "--advertise '0.0.0.0'", "are both 7000", "--cluster 'a b'", "--device 'gpu'",
                "--threads 'many'"];
        Assert.Equal(expected.Length, lines.Length);
        Assert.All(expected, e => Assert.Contains(lines, l => l.Contains(e, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("auto", true)]
    [InlineData("cpu", true)]
    [InlineData("cuda:0", true)]
    [InlineData("cuda:12", true)]
    [InlineData("cuda", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda:+1", false)]
    [InlineData("CPU", false)]
    public void Devices(string name, bool allowed) => Assert.Equal(allowed, ComputeDevice.IsName(name));

    [Fact]
    public void A_device_that_is_not_there_is_refused_and_never_replaced()
    {
        var error = Assert.Throws<UserErrorException>(() => ComputeDevice.Resolve("cuda:63"));

        Assert.Contains("cuda:63", error.Message, StringComparison.Ordinal);
    }
}
