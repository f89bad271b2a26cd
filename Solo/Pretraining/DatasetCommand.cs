using System.ComponentModel;
using LoraCluster.QuickStart;
using Spectre.Console.Cli;

namespace LoraCluster.Solo;

/// <summary>Options of <c>solo dataset</c>.</summary>
internal sealed class DatasetSettings : CommandSettings
{
    [CommandOption("--output <DIR>")]
    [Description("Folder for train.tsv and dev.tsv")]
    public string Output { get; init; } = "";
}

/// <summary>Writes the quick start's labelled set, to look at or to train on by hand.</summary>
internal sealed class DatasetCommand : Command<DatasetSettings>
{
    public override int Execute(CommandContext context, DatasetSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Output.Length == 0) throw new UserErrorException("--output is missing; allowed is a folder");
        SentimentDataset.Generate().Write(settings.Output);
        return 0;
    }
}
