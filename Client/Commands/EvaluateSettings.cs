using System.ComponentModel;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>Options of <c>evaluate</c>: texts, parsed in one place (<see cref="Evaluation.EvaluateRequest"/>).</summary>
internal sealed class EvaluateSettings : ModelSettings
{
    [CommandArgument(0, "[RUN]")]
    [Description("A finished run: its model, adapter, data set and settings are the defaults.")]
    public string? Run { get; init; }

    [CommandOption("-d|--dataset <DATASET>")]
    [Description("Data set: a folder (or FOLDER:SUBSET), a file, or a name at the hub. Default: the run's.")]
    public string? Dataset { get; init; }

    [CommandOption("--split <NAME>")]
    [Description("The split, as test or train; all of a data set that is one file. Default: the one that training evaluates on.")]
    public string? Split { get; init; }

    [CommandOption("--text-column <NAME>")]
    [Description("Column with the text. Default: the run's, else sentence, else text, else the only one of texts.")]
    public string? TextColumn { get; init; }

    [CommandOption("--label-column <NAME>")]
    [Description("Column with the label. Default: the run's, else label.")]
    public string? LabelColumn { get; init; }

    [CommandOption("--batch-size <N>")]
    [Description("Rows of a batch. Default 32; of a language model's run 8.")]
    public string? BatchSize { get; init; }

    [CommandOption("--max-length <N>")]
    [Description("Longest row in tokens. Default 128, or the run's.")]
    public string? MaxLength { get; init; }

    [CommandOption("--max-examples <N>")]
    [Description("Evaluate the first N rows only.")]
    public string? MaxExamples { get; init; }

    [CommandOption("--packing <KIND>")]
    [Description("Language models: packed (texts one after the other, cut at --max-length) or padded. Default packed, or the run's.")]
    public string? Packing { get; init; }

    [CommandOption("--pooling <KIND>")]
    [Description("What a classifier's head reads: cls or mean. Default: as the model was saved.")]
    public string? Pooling { get; init; }

    [CommandOption("--evaluators <N>")]
    [Description("Silos' slots that share the rows; the result does not depend on it. Default: one a silo.")]
    public string? Evaluators { get; init; }

    [CommandOption("--threads <N>")]
    [Description("Threads of each. Default: the smallest silo's threads, shared by the evaluators on it.")]
    public string? Threads { get; init; }

    [CommandOption("--silos <NAMES>")]
    [Description("Silos that take part, by commas, as silo-1,silo-2. Default: any.")]
    public string? Silos { get; init; }

    [CommandOption("--predictions <FILE>")]
    [Description("Write what was predicted for each row, as .csv or .jsonl; classifiers only.")]
    public string? Predictions { get; init; }

    [CommandOption("-n|--name <TEXT>")]
    [Description("A label for the job.")]
    public string? Name { get; init; }

    [CommandOption("--detach")]
    [Description("Submit and return at once; 'client show JOB' shows the result later.")]
    public bool Detach { get; init; }
}
