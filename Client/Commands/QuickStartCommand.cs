using System.ComponentModel;
using LoraCluster.Client.Connection;
using LoraCluster.Client.QuickStartRun;
using LoraCluster.Client.Rendering;
using LoraCluster.Client.Training;
using LoraCluster.Grains.Runs;
using Spectre.Console.Cli;

namespace LoraCluster.Client.Commands;

internal sealed class QuickStartSettings : ClusterSettings
{
    [CommandOption("-s|--seed <N>")]
    [Description("Seed of the run. Default 0.")]
    public string? Seed { get; init; }

    [CommandOption("-e|--epochs <N>")]
    [Description("Passes over the training rows. Default 3.")]
    public string? Epochs { get; init; }

    [CommandOption("--trainers <N>")]
    [Description("Trainers that share the work. Default: one a silo.")]
    public string? Trainers { get; init; }

    [CommandOption("--no-comparison")]
    [Description("Leave out the second run, which trains the classification head alone.")]
    public bool NoComparison { get; init; }
}

/// <summary>
/// The first run of a newcomer: the built-in base model learns the generated data set by LoRA, and beside it, for comparison, a
/// classification head alone on the frozen base's mean over the tokens (which says more than an untrained [CLS]).
/// </summary>
internal sealed class QuickStartCommand(ClientContext context) : AsyncCommand<QuickStartSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext command, QuickStartSettings settings, CancellationToken cancellationToken)
    {
        CancellationToken interrupted = context.Interrupts.First;
        QuickStartFolders folders = context.QuickStart.Write();
        TrainSettings lora = Settings(settings, folders, method: null), head = Settings(settings, folders, method: "head");
        TrainingRequest loraRequest = TrainingSession.Check(lora, remote: false), headRequest = TrainingSession.Check(head, remote: false);
        await using IClusterConnection connection = await context.Connector.ConnectAsync(settings.ClusterTarget, interrupted);

        var session = new TrainingSession(context);
        if (!settings.Json) Messages.Write(context.Console, $"quick start on {connection.Description}: {folders.Describe()}");
        RunSpec spec = await TrainingSession.CompleteAsync(loraRequest, connection, interrupted);
        RunStatus trained = await session.RunAsync(spec, connection, settings.Json);
        if (trained.State != RunState.Completed) return await session.FinishAsync(trained, lora, connection);

        RunStatus? compared = null;
        if (!settings.NoComparison)
        {
            if (!settings.Json) Messages.Write(context.Console,
                "for comparison: the classification head alone, on the frozen base's mean over the tokens");
            spec = await TrainingSession.CompleteAsync(headRequest, connection, interrupted);
            compared = await session.RunAsync(spec, connection, settings.Json);
            if (compared.State != RunState.Completed) return await session.FinishAsync(compared, head, connection);
        }
        return QuickStartReport.Write(context, new QuickStartOutcome(folders, trained, compared), settings.Json);
    }

    private static TrainSettings Settings(QuickStartSettings settings, QuickStartFolders folders, string? method) => new()
    {
        Redis = settings.Redis, Cluster = settings.Cluster, Json = settings.Json,
        Model = folders.Model, Dataset = folders.Dataset, Method = method, Pooling = method is null ? null : "mean",
        Name = method is null ? "quick start" : $"quick start, {method}",
        Epochs = settings.Epochs ?? QuickStartDefaults.Epochs, Seed = settings.Seed, Trainers = settings.Trainers,
        LearningRate = method is null ? QuickStartDefaults.LearningRate : null,
    };
}
