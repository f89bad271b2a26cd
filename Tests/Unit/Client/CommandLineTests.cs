using LoraCluster.Client;

namespace LoraCluster.Tests.Unit.Client;

public sealed class CommandLineTests : IDisposable
{
    private readonly ClientRun _client = new(new FakeCluster());

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("train --lern 1", "Unknown option 'lern'; did you mean --lr?")]
    [InlineData("train --max-step 1", "did you mean --max-steps?")]
    [InlineData("train --epoch 2", "did you mean --epochs?")]
    [InlineData("train --targets q", "did you mean --target?")]
    [InlineData("adapter pull run-abcdefgh2345 --outptu x", "did you mean --output?")]
    [InlineData("trian", "did you mean train?")]
    [InlineData("train --epochs", "epochs has no value")]
    [InlineData("show", "missing required argument 'RUN'")]
    [InlineData("cluster extra", "'client cluster --help' says what there is")]
    public async Task A_line_that_cannot_be_read_says_what_was_meant(string line, string expected)
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _client.Errors, StringComparison.Ordinal);
        Assert.Null(_client.Cluster.Target);
    }

    [Fact]
    public async Task A_fault_of_the_line_is_json_where_json_is_asked_for()
    {
        Assert.Equal(ExitCodes.Usage, await _client.RunAsync("train", "--nonsense", "--json"));
        Assert.Equal("error", Assert.Single(_client.Json).GetProperty("event").GetString());
        Assert.Empty(_client.Errors);
    }

    [Theory]
    [InlineData("--help", "train")]
    [InlineData("train --help", "--adapter-config <FILE>")]
    [InlineData("adapter pull --help", "EXAMPLES")]
    [InlineData("tokenize --help", "[CLS] and [SEP] included")]
    public async Task Help_has_what_one_looks_for(string line, string expected)
    {
        Assert.Equal(ExitCodes.Success, await _client.RunAsync(line.Split(' ')));
        Assert.Contains(expected, _client.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("sv-SE")]
    [InlineData("de-DE")]
    public async Task Nothing_depends_on_the_culture(string culture)
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        System.Globalization.CultureInfo.CurrentCulture = new System.Globalization.CultureInfo(culture);
        try
        {
            using var folders = new ModelAndData();
            _client.Cluster.Complete();
            Assert.Equal(ExitCodes.Success,
                await _client.RunAsync(folders.Train("--lr", "0.002", "--weight-decay", "1e-2", "--method", "LORA")));
            Assert.Equal(0.002, _client.Cluster.Submitted.Spec.LearningRate);
            Assert.Contains("87.7 %", _client.Output, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.Usage, await _client.RunAsync(folders.Train("--lr", "-1")));
            Assert.Contains("lr is -1;", _client.Errors, StringComparison.Ordinal);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }
}
