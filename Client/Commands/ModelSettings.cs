using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options that name a finished model, parsed in one place (<see cref="Evaluation.ModelRequest"/>).</summary>
internal abstract class ModelSettings : ClusterSettings
{
    [CommandOption("-m|--model <DIR|RUN>")]
    [Description("The model: a folder in Hugging Face layout, under the same path on the silos; a name at the hub; or a finished run.")]
    public string? Model { get; init; }

    [CommandOption("-a|--adapter <DIR|RUN>")]
    [Description("A PEFT adapter folder, a name at the hub, or a finished run, whose model is then the default.")]
    public string? Adapter { get; init; }

    [CommandOption("--merge")]
    [Description("Merge the adapter into a copy of the base first.")]
    public bool Merge { get; init; }

    [CommandOption("--dtype <TYPE>")]
    [Description("fp32 or bf16. Default fp32, or the run's.")]
    public string? Dtype { get; init; }
}
