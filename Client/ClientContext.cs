using LoraCluster.Client.Connection;
using LoraCluster.Client.QuickStartRun;
using LoraCluster.Hub;
using Spectre.Console;

namespace LoraCluster.Client;

/// <summary>Everything that a command touches outside its own arguments; tests bring their own.</summary>
internal sealed record ClientContext(
    IAnsiConsole Console, IAnsiConsole Error, IClusterConnector Connector, IQuickStartFiles QuickStart, Interrupts Interrupts,
    TimeProvider Time)
{
    /// <summary>The hub and its cache, as the environment names them; read when a name is to be looked up.</summary>
    public Func<HubOptions> Hub { get; init; } = HubOptions.FromEnvironment;

    /// <summary>Standard input.</summary>
    public TextReader Input { get; init; } = System.Console.In;

    /// <summary>Standard output without any layout: a JSON line is never wrapped.</summary>
    public TextWriter RawOutput => Console.Profile.Out.Writer;
}
