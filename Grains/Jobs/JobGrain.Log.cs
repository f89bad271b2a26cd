using LoraCluster.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Jobs;

public sealed partial class JobGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{JobId}: {From} -> {To} {Reason}")]
    private static partial void LogMoved(ILogger logger, string jobId, RunState from, RunState to, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{JobId} is taken up again in state {State}")]
    private static partial void LogTakenUp(ILogger logger, string jobId, RunState state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The state of {JobId} could not be written; it is tried again")]
    private static partial void LogNotSaved(ILogger logger, string jobId, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A call of {JobId} that may fail did")]
    private static partial void LogCallFailed(ILogger logger, string jobId, Exception exception);
}
