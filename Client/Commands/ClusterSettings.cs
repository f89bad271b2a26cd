using System.ComponentModel;
using LoraCluster.Client.Connection;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of every command.</summary>
internal abstract class OutputSettings : CommandSettings
{
    [CommandOption("--json")]
    [Description("Write JSON for scripts, one object a line.")]
    public bool Json { get; init; }
}

/// <summary>Options of every command that talks to a cluster.</summary>
internal abstract class ClusterSettings : OutputSettings
{
    [CommandOption("--redis <STORE>")]
    [Description("The cluster's store, as HOST:PORT or a whole StackExchange.Redis string. Without it: the cluster of this machine.")]
    public string? Redis { get; init; }

    [CommandOption("--cluster <ID>")]
    [Description("Id of the cluster, where the store holds several.")]
    public string? Cluster { get; init; }

    public ClusterTarget ClusterTarget => new(Redis, Cluster);
}

/// <summary>A cluster and one run in it.</summary>
internal abstract class RunSettings : ClusterSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("Id: run-, eval- or bench- and 12 characters, as 'client runs' lists them.")]
    public string Run { get; init; } = "";
}
