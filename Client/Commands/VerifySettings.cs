using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of <c>verify</c>: texts, parsed in one place (<see cref="Verification.VerifyRequest"/>).</summary>
internal sealed class VerifySettings : ClusterSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("A causal language model: a folder in Hugging Face layout, under the same path on the silos, or a name at the hub.")]
    public string? Model { get; init; }

    [CommandOption("--random-weights")]
    [Description("Take the folder's configuration with seeded random weights; it then needs config.json and a tokenizer only.")]
    public bool RandomWeights { get; init; }

    [CommandOption("-d|--dataset <DATASET>")]
    [Description("Texts to train on: a folder, FOLDER:SUBSET, a .txt file, or a name at the hub. Default: made-up sentences.")]
    public string? Dataset { get; init; }

    [CommandOption("-r|--rank <N>")]
    [Description("LoRA: rank. Default 4.")]
    public string? Rank { get; init; }

    [CommandOption("--alpha <X>")]
    [Description("LoRA: alpha. Default twice the rank.")]
    public string? Alpha { get; init; }

    [CommandOption("-t|--target <NAMES>")]
    [Description("LoRA: modules with an adapter, by commas. Default q,v.")]
    public string? Target { get; init; }

    [CommandOption("--adapter-config <FILE>")]
    [Description("LoRA: a PEFT adapter_config.json, instead of rank, alpha and target.")]
    public string? AdapterConfig { get; init; }

    [CommandOption("--steps <N>")]
    [Description("Optimizer steps. Default 20.")]
    public string? Steps { get; init; }

    [CommandOption("--batch <N>")]
    [Description("Rows of a step. Default 4.")]
    public string? Batch { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Tokens of a row. Default 64.")]
    public string? MaxLength { get; init; }

    [CommandOption("--lr <X>")]
    [Description("Learning rate. Default 1e-3.")]
    public string? LearningRate { get; init; }

    [CommandOption("--prompt <TEXT>")]
    [Description("What each text begins with. Default: Once upon a time.")]
    public string? Prompt { get; init; }

    [CommandOption("--max-new-tokens <N>")]
    [Description("Tokens of each text. Default 40.")]
    public string? NewTokens { get; init; }

    [CommandOption("-s|--seed <N>")]
    [Description("Seed of A, of the rows' order and of random weights. Default 0.")]
    public string? Seed { get; init; }
}
