using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Submissions;

/// <summary>What is logged of runs and jobs alike.</summary>
internal static partial class SubmissionLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{RunId}: {From} -> {To} {Reason}")]
    public static partial void Moved(ILogger logger, string runId, RunState from, RunState to, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{RunId} is taken up again in state {State}")]
    public static partial void TakenUp(ILogger logger, string runId, RunState state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The state of {RunId} could not be written; it is tried again")]
    public static partial void NotSaved(ILogger logger, string runId, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A call of {RunId} that may fail did")]
    public static partial void CallFailed(ILogger logger, string runId, Exception exception);
}
