using System.Text.RegularExpressions;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>An app host with two silos and no quick start, for all tests of a class; it starts with the first that asks for it.</summary>
public sealed class AppHostUnderTest : IAsyncLifetime
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(4), StopPatience = TimeSpan.FromSeconds(90);
    private readonly TemporaryFolder folder = new();
    private readonly SemaphoreSlim starting = new(1);
    private ProgramUnderTest? host;
    private string loginUrl = "";

    private (string, string)[] Environment => [("XDG_STATE_HOME", folder.File("state")), ("XDG_DATA_HOME", folder.File("data"))];

    /// <summary>Starts it unless it runs; the address of its dashboard with the login token.</summary>
    public async Task<string> StartedAsync()
    {
        await starting.WaitAsync();
        try
        {
            if (host is not null) return loginUrl;
            host = ProgramUnderTest.Start("AppHost", ["--no-quickstart", "--silos", "2"], Environment);
            loginUrl = (await host.LineAsync("Dashboard: ", StartPatience))["Dashboard: ".Length..];
            await host.LineAsync("serves until Ctrl+C", StartPatience);
            return loginUrl;
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>Submits a run of five thousand steps, as another user might, and does not wait for it.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> SubmitLongRunAsync()
    {
        await StartedAsync();
        string root = SharedData.RepositoryRoot();
        LoraCluster.QuickStart.SentimentDataset.Generate().Write(folder.File("dataset"));
        var (code, lines) = await ProgramUnderTest.RunAsync(
            "Client", ["train", "--model", Path.Combine(root, "Client", "QuickStart"), "--dataset", folder.File("dataset"),
                "--epochs", "10", "--detach"], StartPatience, Environment);
        string all = string.Join('\n', lines);
        Assert.True(code == 0, all);
        return Regex.Match(all, "run-[a-z2-7]{12}").Value;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            host.Send(ProgramUnderTest.Interrupt);
            await host.ExitAsync(StopPatience);
            await host.DisposeAsync();
        }
        starting.Dispose();
        folder.Dispose();
    }
}
