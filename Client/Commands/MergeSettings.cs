using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of <c>merge</c>: texts, parsed in one place (<see cref="Merging.MergeRequest"/>).</summary>
internal sealed class MergeSettings : ClusterSettings
{
    [CommandOption("-m|--model <DIR>")]
    [Description("Base model: a folder in Hugging Face layout, under the same path on the silos; or a name at the hub.")]
    public string? Model { get; init; }

    [CommandOption("-a|--adapter <DIR|RUN>")]
    [Description("A PEFT adapter folder, a name at the hub, or a finished run. Several, each with its own -a, are merged in order.")]
    public string[]? Adapters { get; init; }

    [CommandOption("-o|--output <DIR>")]
    [Description("Folder to write to, on this machine; new or empty.")]
    public string? Output { get; init; }

    [CommandOption("--overwrite")]
    [Description("Replace a model or adapter folder that is there.")]
    public bool Overwrite { get; init; }

    [CommandOption("--combination <TYPE>")]
    [Description("First combine the adapters to one, as PEFT's add_weighted_adapter: linear, cat or svd. Needs --weights.")]
    public string? Combination { get; init; }

    [CommandOption("--weights <NUMBERS>")]
    [Description("Combination: a weight for each adapter, by commas, as 0.7,0.3.")]
    public string? Weights { get; init; }

    [CommandOption("--rank <N>")]
    [Description("Combination svd: rank of the result. Default the largest of the adapters'.")]
    public string? Rank { get; init; }

    [CommandOption("--adapter-only")]
    [Description("Combination: write the combined adapter's folder, and merge nothing.")]
    public bool AdapterOnly { get; init; }
}
