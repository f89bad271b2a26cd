using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Solo;

/// <summary>Options of <c>solo pretrain</c>; the defaults made the base model in the repository.</summary>
internal sealed class PretrainSettings : CommandSettings
{
    [CommandOption("--output <DIR>")]
    [Description("Folder for config.json, model.safetensors and vocab.txt")]
    public string Output { get; init; } = "";

    [CommandOption("--text <FILES>")]
    [Description("Text files (UTF-8, a paragraph a line) besides the generated text; separated by commas")]
    public string? Text { get; init; }

    [CommandOption("--paragraphs <N>")]
    [Description("Generated paragraphs")]
    [DefaultValue(400_000)]
    public int Paragraphs { get; init; } = 400_000;

    [CommandOption("--vocabulary <N>")]
    [DefaultValue(6_000)]
    public int Vocabulary { get; init; } = 6_000;

    [CommandOption("--hidden <N>")]
    [DefaultValue(128)]
    public int Hidden { get; init; } = 128;

    [CommandOption("--layers <N>")]
    [DefaultValue(4)]
    public int Layers { get; init; } = 4;

    [CommandOption("--heads <N>")]
    [DefaultValue(4)]
    public int Heads { get; init; } = 4;

    [CommandOption("--max-length <N>")]
    [DefaultValue(64)]
    public int MaxLength { get; init; } = 64;

    [CommandOption("--steps <N>")]
    [DefaultValue(5_000)]
    public int Steps { get; init; } = 5_000;

    [CommandOption("--batch <N>")]
    [DefaultValue(64)]
    public int Batch { get; init; } = 64;

    [CommandOption("--mask <SHARE>")]
    [Description("Share of the tokens to guess")]
    [DefaultValue(0.2)]
    public double Mask { get; init; } = 0.2;

    [CommandOption("--lr <RATE>")]
    [DefaultValue(1.5e-3)]
    public double LearningRate { get; init; } = 1.5e-3;

    [CommandOption("--seed <N>")]
    [DefaultValue(0)]
    public int Seed { get; init; }

    [CommandOption("--threads <N>")]
    public int? Threads { get; init; }

    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        void Check(bool good, string text)
        {
            if (!good) faults.Add(text);
        }
        Check(Output.Length > 0, "--output is missing; allowed is a folder");
        Check(Paragraphs >= 1, FormattableString.Invariant($"--paragraphs is {Paragraphs}; allowed is 1 or more"));
        Check(Vocabulary is >= 500 and <= 30_000, FormattableString.Invariant($"--vocabulary is {Vocabulary}; allowed is 500 to 30000"));
        Check(Heads >= 1 && Hidden >= 1
            && Hidden % Math.Max(1, Heads) == 0,
            FormattableString.Invariant($"--hidden is {Hidden}; allowed is a multiple of --heads ({Heads})"));
        Check(Layers is >= 1 and <= 48, FormattableString.Invariant($"--layers is {Layers}; allowed is 1 to 48"));
        Check(MaxLength is >= 8 and <= 512, FormattableString.Invariant($"--max-length is {MaxLength}; allowed is 8 to 512"));
        Check(Steps >= 1, FormattableString.Invariant($"--steps is {Steps}; allowed is 1 or more"));
        Check(Batch >= 1, FormattableString.Invariant($"--batch is {Batch}; allowed is 1 or more"));
        Check(Mask is > 0 and < 1, FormattableString.Invariant($"--mask is {Mask}; allowed is a share between 0 and 1"));
        Check(LearningRate > 0
            && double.IsFinite(LearningRate), FormattableString.Invariant($"--lr is {LearningRate}; allowed is a finite number above 0"));
        return faults;
    }
}
