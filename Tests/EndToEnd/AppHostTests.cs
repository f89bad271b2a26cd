using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>The real program with its real children, in folders of the test's own.</summary>
[Trait("Category", "EndToEnd")]
[Collection(EndToEndCollection.Name)]
public sealed class AppHostTests : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3), StepPatience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder folder = new();

    public AppHostTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the test needs signals, and the XDG folders for files of its own");

    public void Dispose() => folder.Dispose();

    private (string, string)[] Environment => [("XDG_STATE_HOME", folder.File("state")), ("XDG_DATA_HOME", folder.File("data"))];

    [Fact]
    public async Task Serves_starts_a_killed_silo_again_and_stops_in_order()
    {
        await using var host = ProgramUnderTest.Start("AppHost", ["--no-quickstart", "--silos", "1"], Environment);
        string dashboard = await host.LineAsync("Dashboard: ", StartPatience);
        await host.LineAsync("serves until Ctrl+C", StartPatience);

        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var login = await http.GetAsync(dashboard["Dashboard: ".Length..]);
        Assert.True(login.StatusCode is HttpStatusCode.OK or HttpStatusCode.Redirect, $"the login address answers {login.StatusCode}");

        // The client finds the cluster by itself, before and after.
        int silo = Assert.Single(await SilosAsync());
        ProgramUnderTest.Send(silo, ProgramUnderTest.Kill);
        await host.LineAsync("silo-1: starting it again", StepPatience);
        int again = Assert.Single(await SilosAsync());
        Assert.NotEqual(silo, again);

        using var process = Process.GetProcessById(again);
        host.Send(ProgramUnderTest.Interrupt);
        Assert.Equal(0, await host.ExitAsync(StepPatience));
        Assert.True(process.HasExited, "the silo outlives the app host");
        Assert.Empty(Directory.EnumerateFiles(folder.File("state"), "*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Killed_it_leaves_no_process_and_the_next_start_finds_its_data()
    {
        int silo;
        await using (var host = ProgramUnderTest.Start("AppHost", ["--no-quickstart", "--silos", "1"], Environment))
        {
            await host.LineAsync("serves until Ctrl+C", StartPatience);
            silo = Assert.Single(await SilosAsync());
            using var process = Process.GetProcessById(silo);
            host.Send(ProgramUnderTest.Kill);
            await host.ExitAsync(StepPatience);
            await process.WaitForExitAsync().WaitAsync(StepPatience);
        }
        await using var next = ProgramUnderTest.Start("AppHost", ["--no-quickstart", "--silos", "1"], Environment);
        await next.LineAsync("serves until Ctrl+C", StartPatience);
        Assert.NotEqual(silo, Assert.Single(await SilosAsync()));
        next.Send(ProgramUnderTest.Terminate);
        Assert.Equal(0, await next.ExitAsync(StepPatience));
    }

    [Fact]
    public async Task A_silo_of_another_machine_joins_by_store_and_password()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has the whole of 127.0.0.0/8 on loopback");
        await using var host = ProgramUnderTest.Start("AppHost", ["--no-quickstart", "--silos", "1", "--bind", "127.0.0.2"], Environment);
        string password = (await host.LineAsync("Store password, shown this once: ", StartPatience)).Split(": ")[1];
        string store = (await host.LineAsync("--redis 127.0.0.2:", StartPatience)).Split("--redis ")[1].Split(',')[0];

        var (code, lines) = await ProgramUnderTest.RunAsync("Silo", ["--redis", $"{store},password=wrong"], StepPatience);
        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.Contains("refuses the password", StringComparison.Ordinal));
        (code, lines) = await ProgramUnderTest.RunAsync("Silo", ["--redis", store], StepPatience);
        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.Contains("wants a password", StringComparison.Ordinal));

        await using var far = ProgramUnderTest.Start(
            "Silo", ["--redis", $"{store},password={password}", "--advertise", "127.0.0.3", "--name", "far", "--threads", "1"]);
        Assert.Contains("127.0.0.3", await far.LineAsync("far: active in cluster", StepPatience), StringComparison.Ordinal);
        Assert.Equal(2, (await SilosAsync()).Count);
        far.Send(ProgramUnderTest.Terminate);
        Assert.Equal(0, await far.ExitAsync(StepPatience));
        host.Send(ProgramUnderTest.Interrupt);
        Assert.Equal(0, await host.ExitAsync(StepPatience));
    }

    [Fact]
    public async Task A_device_that_is_not_there_ends_the_start_with_the_silos_own_words()
    {
        var (code, lines) = await ProgramUnderTest.RunAsync(
            "AppHost", ["--once", "--silos", "1", "--device", "cuda:63"], StartPatience, Environment);

        Assert.Equal(2, code);
        Assert.Contains(lines, l => l.Contains("silo-1: error: --device cuda:63", StringComparison.Ordinal));
    }

    /// <summary>Process ids of the active silos, as the client reports them.</summary>
    private async Task<List<int>> SilosAsync()
    {
        var (code, lines) = await ProgramUnderTest.RunAsync("Client", ["cluster", "--json"], StartPatience, Environment);
        Assert.True(code == 0, string.Join('\n', lines));
        return [.. lines.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.TryGetProperty("processId", out _)).Select(e => e.GetProperty("processId").GetInt32())];
    }
}
