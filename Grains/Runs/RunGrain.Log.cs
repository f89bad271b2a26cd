using LoraCluster.Grains.Collectives;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Runs;

public sealed partial class RunGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{RunId} has a checkpoint of step {Step}, {Bytes} bytes")]
    private static partial void LogCheckpoint(ILogger logger, string runId, int step, long bytes);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The history of {RunId} could not be written; it is tried again with the next checkpoint")]
    private static partial void LogHistoryNotSaved(ILogger logger, string runId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The coordinator of {RunId} could not be told to {Directive}; the trainers are stopped instead")]
    private static partial void LogNotDirected(ILogger logger, string runId, RunDirective directive, Exception exception);
}
