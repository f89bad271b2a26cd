using LoraCluster.Grains;
using Orleans.Runtime;

namespace LoraCluster.AppHost.RunRows;

/// <summary>The way from a button of the dashboard to the cluster, once the app host has joined it as a client.</summary>
internal sealed class ClusterCalls
{
    /// <summary>The cluster's grains; null before it is joined and after it is left.</summary>
    public IGrainFactory? Grains { get; set; }

    /// <summary>What the cluster says to a call, as a button reports it.</summary>
    public Task<ExecuteCommandResult> AskAsync(Func<IGrainFactory, Task> call) => Grains is { } grains
        ? TryAsync(() => call(grains))
        : Task.FromResult(CommandResults.Failure("the cluster has not started yet"));

    /// <summary>As <see cref="AskAsync"/>, with the grain at hand.</summary>
    public static async Task<ExecuteCommandResult> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return CommandResults.Success();
        }
        catch (ClusterRequestException e)
        {
            return CommandResults.Failure(e.Message);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return CommandResults.Failure($"the cluster does not answer: {e.Message}");
        }
    }
}
