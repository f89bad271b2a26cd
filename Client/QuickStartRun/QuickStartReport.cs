using LoraCluster.Client.Following;
using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;

namespace LoraCluster.Client.QuickStartRun;

/// <summary>What the quick start reached.</summary>
/// <param name="Folders">Its model and data.</param>
/// <param name="Trained">The LoRA run.</param>
/// <param name="Compared">The run of the head alone; null: left out.</param>
internal sealed record QuickStartOutcome(QuickStartFolders Folders, RunStatus Trained, RunStatus? Compared);

/// <summary>The end of the quick start: the figures side by side, and how to go on.</summary>
internal static class QuickStartReport
{
    public static int Write(ClientContext context, QuickStartOutcome outcome, bool json)
    {
        double chance = outcome.Folders.MajorityAccuracy();
        if (json)
        {
            RunJson.Result(outcome.Trained).Add("majorityAccuracy", chance).Add("headAccuracy", outcome.Compared?.Result?.Accuracy)
                .Add("headRun", outcome.Compared?.RunId ?? "").WriteTo(context.RawOutput);
            return ExitCodes.Success;
        }
        int code = RunReport.Write(context, outcome.Trained, json: false, interrupted: false);
        context.Console.Write(RunTables.Pairs(
            ("before training (chance)", Figures.Percent(chance)),
            ("a head on the frozen base", outcome.Compared?.Result is { } head ? Figures.Percent(head.Accuracy) : ""),
            ("LoRA", Figures.Percent(outcome.Trained.Result!.Accuracy))));
        foreach (string line in HowToGoOn(outcome)) Messages.Write(context.Console, line);
        return code;
    }

    private static string[] HowToGoOn(QuickStartOutcome outcome) =>
    [
        "How to go on:",
        $"  dotnet run --project Client -- adapter pull {outcome.Trained.RunId} --output my-adapter    the adapter, in PEFT's format",
        "  dotnet run --project Client -- train --model DIR --dataset DIR               your own model and data",
        "  dotnet run --project Client -- runs                                          all runs; show, watch, pause, resume one",
        $"  the quick start's model: {outcome.Folders.Model}",
        $"  its data set:            {outcome.Folders.Dataset}",
    ];
}
