using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Scheduling;

public sealed partial class SchedulerGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for free slots failed; it is tried again at the next change")]
    private static partial void LogPumpFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{RunId} did not take the slots it was given; they are free again")]
    private static partial void LogOfferFailed(ILogger logger, string runId, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "{RunId} held slots that it does not need; they are free again")]
    private static partial void LogSlotsReclaimed(ILogger logger, string runId);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The scheduler's state could not be written; it stays in memory until the next change")]
    private static partial void LogSaveFailed(ILogger logger, Exception exception);
}
