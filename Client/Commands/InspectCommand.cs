using System.ComponentModel;
using LoraCluster.Checkpoints;
using LoraCluster.Client.Downloads;
using LoraCluster.Client.Inspection;
using LoraCluster.Client.Rendering;
using LoraCluster.Data;
using LoraCluster.Hub;
using LoraCluster.Reports.Words;
using Spectre.Console;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class InspectSettings : OutputSettings
{
    [CommandArgument(0, "<PATH>")]
    [Description("A model folder, an adapter folder, a file of weights, a data set folder or one of its files; or a name at the hub: "
        + "owner/name is a model, datasets/owner/name and owner/name:subset are data sets.")]
    public string Path { get; init; } = "";

    [CommandOption("-m|--model <MODEL>")]
    [Description("Beside an adapter: check that it fits this model. Beside a data set: count tokens with its tokenizer.")]
    public string? Model { get; init; }

    [CommandOption("--text-column <NAME>")]
    [Description("A data set's column with the text. Default: sentence, else text, else the only one of texts.")]
    public string? TextColumn { get; init; }

    [CommandOption("--label-column <NAME>")]
    [Description("A data set's column with the label. Default: label.")]
    public string? LabelColumn { get; init; }

    [CommandOption("--tensors")]
    [Description("List the tensors of a model or adapter too.")]
    public bool Tensors { get; init; }
}

/// <summary>What something on disk holds and what is wrong with it; succeeds if nothing is.</summary>
internal sealed class InspectCommand(ClientContext context) : AsyncCommand<InspectSettings>
{
    private const string DatasetPrefix = "datasets/";

    public override async Task<int> ExecuteAsync(CommandContext command, InspectSettings settings, CancellationToken cancellationToken)
    {
        var pull = new HubPull(context, settings.Json);
        string? model = settings.Model is { } given ? await pull.FolderAsync(given, HubKind.Model) : null;
        if (model is not null && !Directory.Exists(model))
            throw new ClientException(ExitCodes.Usage, $"model is '{model}', which is no folder");
        InspectionReport report = Inspector.Inspect(
            await PathOfAsync(settings.Path, pull), model, new TextColumns(settings.TextColumn, settings.LabelColumn));
        bool tensors = settings.Tensors || report.Kind is "safetensors" or "checkpoint";
        if (settings.Json) WriteJson(report, tensors);
        else WriteText(report, tensors);
        return report.Faults.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static Task<string> PathOfAsync(string text, HubPull pull)
    {
        if (HubPull.IsLocal(text)) return Task.FromResult(text);
        bool isPrefixed = text.StartsWith(DatasetPrefix, StringComparison.Ordinal);
        bool isDataset = isPrefixed || text.Contains(':', StringComparison.Ordinal);
        return pull.FolderAsync(isPrefixed ? text[DatasetPrefix.Length..] : text, isDataset ? HubKind.Dataset : HubKind.Model);
    }

    private void WriteJson(InspectionReport report, bool tensors)
    {
        JsonLine line = JsonLine.Object().Add("kind", report.Kind).Add("path", report.Path);
        line.Add("facts", facts =>
        {
            foreach (Fact fact in report.Facts) fact.AddTo(facts);
            return facts;
        });
        if (tensors)
        {
            line.Add("tensorList", report.Tensors, (item, tensor) => item.Add("name", tensor.Name).Add("dtype", tensor.DtypeName)
                .Add("shape", tensor.Shape).Add("bytes", tensor.ByteLength));
        }
        line.Add("notices", report.Notices).Add("faults", report.Faults).WriteTo(context.RawOutput);
    }

    private void WriteText(InspectionReport report, bool tensors)
    {
        context.Console.Write(RunTables.Pairs([(report.Kind, report.Path), .. report.Facts.Select(fact => (fact.Label, fact.Text))]));
        if (tensors && report.Tensors.Count > 0)
        {
            Table table = RunTables.Plain("tensor", "dtype", "shape", "size");
            foreach (CheckpointTensor tensor in report.Tensors)
            {
                string shape = $"[{string.Join(", ", tensor.Shape)}]", size = Figures.Bytes(tensor.ByteLength);
                table.AddRow(new Text(tensor.Name), new Text(tensor.DtypeName), new Text(shape), new Text(size));
            }
            context.Console.Write(table);
        }
        foreach (string notice in report.Notices) Messages.Write(context.Console, $"note: {notice}");
        foreach (string fault in report.Faults) Messages.Write(context.Error, $"fault: {fault}", new Style(Color.Red));
    }
}
