using LoraCluster.Store;

namespace LoraCluster.Tests.Unit.Store;

public sealed class StoreOptionsTests
{
    private static (StoreOptions? Options, IReadOnlyList<string> Faults) Parse(string[] args,
        params (string Name, string Value)[] environment) =>
        StoreOptions.Parse(args, name => environment.FirstOrDefault(e => e.Name == name).Value);

    [Fact]
    public void Port_and_password_come_from_the_environment_too()
    {
        var options = Parse(["--data", "d"], ("STORE_PORT", "7001"), ("LORACLUSTER_STORE_PASSWORD", "-p")).Options!;

        Assert.Equal((7001, "-p", "d"), (options.Port, options.Password, options.DataFolder));
        Assert.Contains("--password=-p", options.ToGarnetArguments("d"));
    }

    [Fact]
    public void What_others_can_reach_needs_a_password()
    {
        Assert.Contains("password", Assert.Single(Parse(["--bind", "10.0.0.1"]).Faults), StringComparison.Ordinal);
        Assert.Empty(Parse(["--bind", "10.0.0.1", "--password", "p"]).Faults);
        Assert.Empty(Parse(["--bind", "127.0.0.2"]).Faults);
    }

    [Fact]
    public void Every_fault_is_named_at_once() =>
        Assert.Equal(5, Parse(["--port", "x", "--bind", "y", "--memory", "1m", "--foo", "1", "--data"]).Faults.Count);

    [Theory]
    [InlineData("64m")]
    [InlineData("2g")]
    [InlineData("65536k")]
    public void Sizes(string size) => Assert.Empty(Parse(["--memory", size]).Faults);
}
