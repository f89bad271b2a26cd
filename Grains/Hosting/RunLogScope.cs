using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Trainers;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Hosting;

/// <summary>What is logged in a call to a run, a job or a trainer carries the run's id, whoever logs it.</summary>
internal sealed class RunLogScope(ILogger<RunLogScope> logger) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) =>
        context.Grain is IRunGrain or IJobGrain or ITrainerGrain ? InScopeAsync(context) : context.Invoke();

    /// <summary>The scope of a run.</summary>
    public static IDisposable? Begin(ILogger logger, string runId) => logger.BeginScope("{RunId}", runId);

    private async Task InScopeAsync(IIncomingGrainCallContext context)
    {
        string key = context.TargetId.Key.ToString()!;
        // A trainer's key begins with its run's.
        int end = key.IndexOf('/', StringComparison.Ordinal);
        using (Begin(logger, end < 0 ? key : key[..end])) await context.Invoke();
    }
}
