using LoraCluster.AppHost;

namespace LoraCluster.Tests.Unit.AppHost;

public sealed class AppHostArgumentsTests
{
    [Fact]
    public void Without_arguments_two_silos_and_a_quick_start_on_loopback()
    {
        var (arguments, faults) = AppHostArguments.Parse([]);

        Assert.Empty(faults);
        Assert.Equal(new AppHostArguments { Silos = 2, QuickStart = true, Once = false }, arguments);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var (arguments, faults) = AppHostArguments.Parse(
            ["--silos", "0", "--sillos", "3", "--bind", "everywhere", "--once", "--no-quickstart", "--dashboard-port", "70000", "--data"]);

        Assert.Null(arguments);
        Assert.Collection(faults.Order(StringComparer.Ordinal),
            f => Assert.StartsWith("'--sillos'", f, StringComparison.Ordinal),
            f => Assert.StartsWith("'3'", f, StringComparison.Ordinal),
            f => Assert.StartsWith("--bind 'everywhere'", f, StringComparison.Ordinal),
            f => Assert.StartsWith("--dashboard-port '70000'", f, StringComparison.Ordinal),
            f => Assert.StartsWith("--data needs", f, StringComparison.Ordinal),
            f => Assert.StartsWith("--once", f, StringComparison.Ordinal),
            f => Assert.StartsWith("--silos '0'", f, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--data", "folder")]
    [InlineData("--store-port", "6000")]
    public void What_another_store_makes_void_is_refused_rather_than_ignored(string option, string value) =>
        Assert.Contains(option, Assert.Single(AppHostArguments.Parse(["--redis", "host:1", option, value]).Faults),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.0.2.77")] // reserved for documentation: no machine has it
    public void Only_an_address_of_this_machine_can_be_bound(string address) =>
        Assert.Contains(address, Assert.Single(AppHostArguments.Parse(["--bind", address]).Faults), StringComparison.Ordinal);

    [Theory]
    [InlineData("--python")]
    [InlineData("--python-path")]
    public void A_python_that_is_not_there_is_refused(string option) =>
        Assert.Contains("/no/such/place", Assert.Single(AppHostArguments.Parse([option, "/no/such/place"]).Faults),
            StringComparison.Ordinal);

    [Fact]
    public void Help_wins_over_faults() => Assert.True(AppHostArguments.Parse(["--silos", "99", "--help"]).Arguments?.Help);

    [Fact]
    public void The_help_names_every_option()
    {
        foreach (string option in new[] { "--once", "--no-quickstart", "--silos", "--device", "--bind", "--redis", "--data",
            "--store-port", "--dashboard-port", "--pages-port", "--python", "--python-path" })
            Assert.Contains(option, AppHostArguments.HelpText, StringComparison.Ordinal);
    }
}
