using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Results;
using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class AdapterPullSettings : RunSettings
{
    [CommandOption("-o|--output <DIR>")]
    [Description("Folder to write to. Default: one named like the run, in the current folder.")]
    public string? Output { get; init; }

    [CommandOption("-f|--force")]
    [Description("Overwrite files that are there.")]
    public bool Force { get; init; }
}

internal sealed class AdapterPullCommand(ClientContext context) : ConnectedCommand<AdapterPullSettings>(context)
{
    protected override async Task<int> RunAsync(AdapterPullSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        RunStatus status = await RequireRunAsync(connection, settings.Run, interrupted);
        if (status.Result is not { } result)
            throw new ClientException(ExitCodes.Failed,
                $"{status.RunId} is {ProgressText.Of(status.State)} and has no result; a completed run has one");
        string folder = Path.GetFullPath(settings.Output ?? status.RunId);
        IReadOnlyList<ArtifactFile> files = await new ArtifactDownload(connection)
            .PullAsync(result.ArtifactId, folder, settings.Force, interrupted);
        if (settings.Json)
        {
            JsonLine.Object().Add("run", status.RunId).Add("folder", folder)
                .Add("files", files, (line, file) => line.Add("name", file.Name).Add("bytes", file.Length).Add("sha256", file.Sha256))
                .WriteTo(Context.RawOutput);
            return ExitCodes.Success;
        }
        Messages.Write(Context.Console, $"written to {folder}");
        foreach (ArtifactFile file in files) Messages.Write(Context.Console, $"  {file.Name}  {Figures.Bytes(file.Length)}  {file.Sha256}");
        return ExitCodes.Success;
    }
}
