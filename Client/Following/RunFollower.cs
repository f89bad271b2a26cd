using LoraCluster.Client.Connection;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Following;

/// <summary>Follows a run until it is at rest.</summary>
internal sealed class RunFollower(IClusterConnection connection)
{
    /// <summary>Longest wait of one call; also how often a live display's time left is renewed at least.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="first">The run as it stood.</param>
    /// <param name="show">Called with every status, the first and the last included.</param>
    /// <param name="cancellationToken">Leaves the run alone and ends the following.</param>
    public async Task<RunStatus> FollowAsync(RunStatus first, Action<RunStatus> show, CancellationToken cancellationToken)
    {
        RunStatus status = first;
        show(status);
        while (!RunTransitions.IsAtRest(status.State))
        {
            status = await connection.WaitForChangeAsync(status.RunId, status.Version, Patience, cancellationToken);
            show(status);
        }
        return status;
    }
}
