using LoraCluster.Dashboard;
using LoraCluster.Dashboard.Access;
using LoraCluster.ServiceDefaults;

namespace LoraCluster.Tests.Unit.Dashboard;

/// <summary>Who may enter, by where the pages listen.</summary>
public sealed class AccessTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("http://localhost:5000;http://[::1]:5000")]
    public void On_loopback_no_token_is_needed_and_only_loopback_names_lead_there(string urls)
    {
        PageAccess access = PageAccess.For(urls, null);

        Assert.False(access.NeedsToken);
        Assert.Equal(["localhost", "127.0.0.1", "[::1]"], access.Hosts);
        Assert.False(access.Accepts(null));
    }

    [Theory]
    [InlineData("http://192.168.1.10:5000", "192.168.1.10")]
    [InlineData("http://127.0.0.1:1;http://[fe80::1]:1", "[fe80::1]")]
    public void On_another_address_there_is_a_token_new_if_none_is_given(string urls, string host)
    {
        PageAccess made = PageAccess.For(urls, null), given = PageAccess.For(urls, "a token");

        Assert.True(made.NeedsToken && made.NewToken!.Length == 32 && made.Accepts(made.NewToken));
        Assert.Contains(host, made.Hosts);
        Assert.Null(given.NewToken);
        Assert.True(given.Accepts("a token"));
        Assert.All([null, "", "a toke", "a tokenx", made.NewToken], wrong => Assert.False(given.Accepts(wrong)));
    }

    [Theory]
    [InlineData("http://*:5000")]
    [InlineData("http://0.0.0.0:5000")]
    [InlineData("http://some-name:5000")]
    public void Every_address_and_every_name_counts_as_another(string urls) => Assert.True(PageAccess.For(urls, "").NeedsToken);

    [Fact]
    public void All_faults_of_the_arguments_are_told_at_once()
    {
        var refused = Assert.Throws<StoreException>(() => DashboardOptions.Parse(["--urls", "ftp://x", "--colour", "--redis"], _ => null));

        Assert.Contains("--urls 'ftp://x'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'--colour' is no option", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--redis needs a value", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_come_before_the_environment_and_loopback_is_the_default()
    {
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:7", [DashboardOptions.TokenVariable] = "t",
        };
        DashboardOptions fromThere = DashboardOptions.Parse([], environment.GetValueOrDefault);

        Assert.Equal("http://127.0.0.1:8", DashboardOptions.Parse(["--urls", "http://127.0.0.1:8"], environment.GetValueOrDefault).Urls);
        Assert.Equal(("http://127.0.0.1:7", "t"), (fromThere.Urls, fromThere.Token));
        Assert.StartsWith("http://127.0.0.1:", DashboardOptions.Parse([], _ => null).Urls, StringComparison.Ordinal);
    }
}
