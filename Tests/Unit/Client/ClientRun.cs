using System.Text.Json;
using LoraCluster.Client;
using LoraCluster.Client.Cli;
using LoraCluster.Client.Connection;
using LoraCluster.Client.QuickStartRun;
using LoraCluster.Hub;
using Spectre.Console.Testing;

namespace LoraCluster.Tests.Unit.Client;

/// <summary>One call of the console, with what it wrote.</summary>
internal sealed class ClientRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ClientRun(FakeCluster cluster)
    {
        Cluster = cluster;
        // As in a file: no line is broken.
        Console.Profile.Width = 300;
        Error.Profile.Width = 300;
        Console.Profile.Capabilities.Interactive = false;
    }

    public FakeCluster Cluster { get; }

    public TestConsole Console { get; } = new();

    public TestConsole Error { get; } = new();

    public Interrupts Interrupts { get; } = new();

    public IClusterConnector? Connector { get; init; }

    /// <summary>No test asks the real hub: without a hub of its own it is offline.</summary>
    public HubOptions Hub { get; init; } = new()
    {
        Endpoint = new Uri("http://hub.invalid/"),
        CacheFolder = Path.Combine(Path.GetTempPath(), "loracluster-test-no-cache"), Offline = true,
    };

    public IQuickStartFiles QuickStart { get; init; } = new NoQuickStart();

    /// <summary>What stands on standard input.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    public string Output => Console.Output;

    public string Errors => Error.Output;

    public IReadOnlyList<JsonElement> Json =>
        [.. Console.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public Task<int> StartAsync(params string[] arguments) =>
        ClientApp.RunAsync(arguments, new ClientContext(Console, Error, Connector ?? Cluster, QuickStart, Interrupts, TimeProvider.System)
        {
            Hub = () => Hub, Input = Input,
        });

    public Task<int> RunAsync(params string[] arguments) => StartAsync(arguments).WaitAsync(Patience);

    public void Dispose()
    {
        Console.Dispose();
        Error.Dispose();
        Interrupts.Dispose();
    }

    private sealed class NoQuickStart : IQuickStartFiles
    {
        public QuickStartFolders Write() => throw new NotSupportedException("this test has no quick start");
    }
}
