using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Collectives;

public sealed partial class CoordinatorGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The collective of {RunId} ended: {Reason}")]
    private static partial void LogStopped(ILogger logger, string runId, string reason);
}
