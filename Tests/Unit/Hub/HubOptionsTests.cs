using LoraCluster.Hub;

namespace LoraCluster.Tests.Unit.Hub;

public sealed class HubOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_set_means_the_public_hub_and_the_home_folder_s_cache()
    {
        HubOptions options = Of();
        Assert.Equal(new Uri("https://huggingface.co/"), options.Endpoint);
        Assert.Equal(_folder.File(".cache/huggingface/hub"), options.CacheFolder);
        Assert.Equal((null, false, true), (options.Token, options.Offline, options.Symlinks));
    }

    [Fact]
    public void The_nearer_variable_wins()
    {
        Assert.Equal("/x/huggingface/hub", Of(("XDG_CACHE_HOME", "/x")).CacheFolder);
        Assert.Equal("/h/hub", Of(("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h")).CacheFolder);
        Assert.Equal("/c", Of(("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")).CacheFolder);
        Assert.Equal(_folder.File("own/hub"), Of(("HF_HOME", "~/own")).CacheFolder);
    }

    [Fact]
    public void The_token_is_the_variable_s_or_the_file_s()
    {
        string home = Directory.CreateDirectory(_folder.File("hf")).FullName;
        File.WriteAllText(Path.Combine(home, "token"), "hf_file\n");
        Assert.Equal("hf_file", Of(("HF_HOME", home)).Token);
        Assert.Equal("hf_variable", Of(("HF_HOME", home), ("HF_TOKEN", "hf_variable")).Token);
        string message = Assert.Throws<UserErrorException>(() => Of(("HF_TOKEN", "hf_a b"))).Message;
        Assert.Contains("HF_TOKEN", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_a", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Offline_is_read_as_python_reads_it(string value, bool offline) =>
        Assert.Equal(offline, Of(("HF_HUB_OFFLINE", value)).Offline);

    [Theory]
    [InlineData("mirror.example")]
    [InlineData("ftp://mirror.example")]
    public void An_endpoint_that_is_no_address_is_refused(string value) => Assert.Contains($"HF_ENDPOINT is '{value}'",
        Assert.Throws<UserErrorException>(() => Of(("HF_ENDPOINT", value))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_endpoint_may_have_a_path() =>
        Assert.Equal("https://mirror.example/hf/", Of(("HF_ENDPOINT", "https://mirror.example/hf/")).Endpoint.AbsoluteUri);

    private HubOptions Of(params (string Name, string Value)[] variables) => HubOptions.FromEnvironment(name =>
        variables.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault() ?? (name == "HOME" ? _folder.Path : null));
}
