using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of <c>predict</c>.</summary>
internal sealed class PredictSettings : ModelSettings
{
    [CommandArgument(0, "[TEXT]")]
    [Description("The text. Without it and --file: one text a line from standard input.")]
    public string? Text { get; init; }

    [CommandOption("-f|--file <FILE>")]
    [Description("A UTF-8 file with one text a line.")]
    public string? File { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest text in tokens. Default 128, or the run's.")]
    public string? MaxLength { get; init; }

    [CommandOption("--batch-size <N>")]
    [Description("Texts of a batch. Default 32.")]
    public string? BatchSize { get; init; }

    [CommandOption("--pooling <KIND>")]
    [Description("What the head reads: cls or mean. Default: as the model was saved.")]
    public string? Pooling { get; init; }
}
