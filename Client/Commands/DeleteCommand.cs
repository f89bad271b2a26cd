using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class DeleteSettings : RunSettings
{
    [CommandOption("-y|--yes")]
    [Description("Do not ask first. Without a terminal it never asks.")]
    public bool Yes { get; init; }
}

internal sealed class DeleteCommand(ClientContext context) : ConnectedCommand<DeleteSettings>(context)
{
    protected override async Task<int> RunAsync(DeleteSettings settings, IClusterConnection connection, CancellationToken interrupted)
    {
        bool isJob = JobIds.IsValid(settings.Run);
        RunState state = isJob ? (await RequireJobAsync(connection, settings.Run, interrupted)).State
            : (await RequireRunAsync(connection, settings.Run, interrupted)).State;
        if (!settings.Yes && !settings.Json && Context.Console.Profile.Capabilities.Interactive)
        {
            string what = isJob ? "its result" : "its checkpoints and its result";
            string question = $"Delete {settings.Run} ({ProgressText.Of(state)}) with {what}?";
            var prompt = new ConfirmationPrompt(Markup.Escape(question)) { DefaultValue = false };
            if (!await prompt.ShowAsync(Context.Console, interrupted)) return ExitCodes.Failed;
        }
        await (isJob ? connection.Jobs.DeleteAsync(settings.Run, interrupted) : connection.DeleteAsync(settings.Run, interrupted));
        if (settings.Json) JsonLine.Object().Add("run", settings.Run).Add("deleted", true).WriteTo(Context.RawOutput);
        else Messages.Write(Context.Console, $"{settings.Run} is deleted");
        return ExitCodes.Success;
    }

    protected override bool TakesJobs => true;
}
