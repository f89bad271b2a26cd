using LoraCluster.Client.Rendering;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports.Words;
using Spectre.Console;

namespace LoraCluster.Client.Following;

/// <summary>The end of a followed run: what is printed, and the exit code.</summary>
internal static class RunReport
{
    /// <param name="context">Outputs.</param>
    /// <param name="status">The run at rest.</param>
    /// <param name="json">True: one JSON line.</param>
    /// <param name="interrupted">True if this process's user asked for the end.</param>
    public static int Write(ClientContext context, RunStatus status, bool json, bool interrupted)
    {
        if (json) RunJson.Result(status).WriteTo(context.RawOutput);
        else WriteText(context, status);
        return status.State == RunState.Completed ? ExitCodes.Success : interrupted ? ExitCodes.Interrupted : ExitCodes.Failed;
    }

    private static void WriteText(ClientContext context, RunStatus status)
    {
        foreach (string notice in status.Notices) context.Console.WriteLine($"note: {notice}");
        if (status is { State: RunState.Completed, Result: { } result })
        {
            if (status.Reason.Length > 0) Messages.Write(context.Console, status.Reason);
            context.Console.Write(RunTables.Result(status, result));
            return;
        }
        string reason = status.Reason.Length > 0 ? $": {status.Reason}" : "";
        string end = $"{status.RunId} is {ProgressText.Of(status.State)} at step {status.Progress.Step}{reason}";
        Messages.Write(context.Error, end, RunColors.Of(status.State));
        if (status.CheckpointStep is { } step && !status.Reason.Contains("client resume", StringComparison.Ordinal))
            Messages.Write(context.Error, $"a checkpoint of step {step} is kept; go on with: client resume {status.RunId}");
    }
}
