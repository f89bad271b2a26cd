using LoraCluster.Client.Connection;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Verification;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Work;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

/// <summary>The integrity check of a language model, computed on a silo; succeeds if every claim holds.</summary>
internal sealed class VerifyCommand(ClientContext context) : AsyncCommand<VerifySettings>
{
    public override async Task<int> ExecuteAsync(CommandContext command, VerifySettings settings, CancellationToken cancellationToken)
    {
        bool remote = context.Connector.MayBeElsewhere(settings.ClusterTarget);
        // Before a download starts, everything else must be right.
        ClientException.ThrowIfAny(VerifyRequest.Parse(settings, settings.Model, settings.Dataset, remote).Faults);
        var pull = new HubPull(context, settings.Json);
        string? model = settings.Model is { } name
            ? await pull.FolderAsync(name, HubKind.Model, settings.RandomWeights ? HubPart.Tokenizer : HubPart.All) : null;
        string? dataset = settings.Dataset is { } texts ? await pull.FolderAsync(texts, HubKind.Dataset) : null;
        VerifyRequest request = VerifyRequest.Parse(settings, model, dataset, remote);
        ClientException.ThrowIfAny(request.Faults);

        CancellationToken interrupted = context.Interrupts.First;
        await using IClusterConnection connection = await context.Connector.ConnectAsync(settings.ClusterTarget, interrupted);
        NodeStatus silo = await NodeChoice.FreestAsync(connection, interrupted);
        VerifyResult result = await FollowAsync(connection.VerifyAsync(silo, request.Spec, interrupted), silo, settings.Json);
        if (settings.Json) VerifyView.ToJson(request.Spec, result).WriteTo(context.RawOutput);
        else VerifyView.Write(context.Console, request.Spec, result);
        return result.Findings.All(f => f.Holds) ? ExitCodes.Success : ExitCodes.Failed;
    }

    private async Task<VerifyResult> FollowAsync(IAsyncEnumerable<VerifyPart> parts, NodeStatus silo, bool json)
    {
        VerifyResult? result = null;
        async Task ReadAsync(Action<VerifyStep> onStep)
        {
            await foreach (VerifyPart part in parts)
            {
                if (part is VerifyStep step) onStep(step);
                else if (part is VerifyResult last) result = last;
            }
        }
        if (json || !context.Console.Profile.Capabilities.Interactive)
        {
            if (!json) Messages.Write(context.Console, $"verifying on {silo.Name}");
            await ReadAsync(_ => { });
        }
        else
        {
            await context.Console.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
                .StartAsync(async view =>
                {
                    ProgressTask bar = view.AddTask(Markup.Escape($"verifying on {silo.Name}"));
                    await ReadAsync(step =>
                    {
                        (bar.MaxValue, bar.Value) = (step.Steps, step.Step);
                        bar.Description = Markup.Escape($"step {step.Step} of {step.Steps}, loss {Figures.Loss(step.Loss)}");
                    });
                });
        }
        return result ?? throw new ClientException(ExitCodes.Failed, $"{silo.Name} ended the check without a result");
    }
}
