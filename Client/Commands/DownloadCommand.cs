using System.ComponentModel;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Rendering;
using LoraCluster.Hub;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class DownloadSettings : OutputSettings
{
    [CommandArgument(0, "[MODEL]")]
    [Description("A model's name at the Hugging Face hub: name, owner/name or owner/name@revision.")]
    public string? Model { get; init; }

    [CommandOption("-d|--dataset <NAME>")]
    [Description("Instead of a model, a data set: owner/name or owner/name:subset.")]
    public string? Dataset { get; init; }

    [CommandOption("--revision <REV>")]
    [Description("A branch, a tag, a commit or refs/pr/N. Default main.")]
    public string? Revision { get; init; }
}

/// <summary>Brings a model or a data set from the hub into the cache and says where it is.</summary>
internal sealed class DownloadCommand(ClientContext context) : AsyncCommand<DownloadSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext command, DownloadSettings settings, CancellationToken cancellationToken)
    {
        string? text = settings.Model ?? settings.Dataset;
        if (text is null || (settings.Model is not null && settings.Dataset is not null))
            throw new ClientException(ExitCodes.Usage, "what to download is missing or named twice; give MODEL or --dataset NAME");
        HubKind kind = settings.Model is not null ? HubKind.Model : HubKind.Dataset;
        if (HubPull.IsLocal(text))
            throw new ClientException(ExitCodes.Usage, $"'{text}' is on this machine, so there is nothing to download");
        HubReference? reference = null;
        var faults = new List<string>();
        faults.Try(() => reference = HubReference.Parse(text, kind, settings.Revision));
        ClientException.ThrowIfAny(faults);
        HubSnapshot snapshot = await new HubPull(context, settings.Json).PullAsync(reference!);
        if (settings.Json)
        {
            JsonLine.Object().Add("repository", snapshot.Reference.Repository).Add("commit", snapshot.Reference.Revision)
                .Add("folder", snapshot.Content).Add("files", snapshot.Files).WriteTo(context.RawOutput);
        }
        else context.RawOutput.WriteLine(snapshot.Content);
        return ExitCodes.Success;
    }
}
