using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of <c>generate</c>; the names are those of Hugging Face's GenerationConfig.</summary>
internal sealed class GenerateSettings : ModelSettings
{
    [CommandArgument(0, "[PROMPT]")]
    [Description("What the text begins with. Default: nothing, where the model has a token that begins a text.")]
    public string? Prompt { get; init; }

    [CommandOption("--max-new-tokens <N>")]
    [Description("Most tokens after the prompt; the model's positions end a text too. Default 50.")]
    public string? NewTokens { get; init; }

    [CommandOption("--temperature <X>")]
    [Description("Sample, with logits divided by this. Default 0: greedy, always the likeliest token.")]
    public string? Temperature { get; init; }

    [CommandOption("--top-k <N>")]
    [Description("Sample among the N likeliest tokens only. Needs a temperature.")]
    public string? TopK { get; init; }

    [CommandOption("--top-p <P>")]
    [Description("Sample among the likeliest tokens that together have this probability. Needs a temperature.")]
    public string? TopP { get; init; }

    [CommandOption("-s|--seed <N>")]
    [Description("Seed of the sampling: the same seed gives the same text. Default 0.")]
    public string? Seed { get; init; }
}
