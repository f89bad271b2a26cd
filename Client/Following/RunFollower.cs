using LoraCluster.Client.Connection;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Following;

/// <summary>Follows a run until it is at rest.</summary>
/// <param name="connection">The cluster.</param>
/// <param name="time">The clock.</param>
/// <param name="note">Called when the cluster keeps silent for long: the connection goes on trying within its bound.</param>
/// <param name="observer">Told of every status too; null: nobody.</param>
internal sealed class RunFollower(
    IClusterConnection connection, TimeProvider time, Action<string> note, IRunObserver? observer = null)
{
    /// <summary>Longest wait of one call; also how often a live display's time left is renewed at least.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <param name="first">The run as it stood.</param>
    /// <param name="show">Called with every status, the first and the last included.</param>
    /// <param name="cancellationToken">Leaves the run alone and ends the following.</param>
    public async Task<RunStatus> FollowAsync(RunStatus first, Action<RunStatus> show, CancellationToken cancellationToken)
    {
        RunStatus status = first;
        await ShowAsync(status);
        while (!RunTransitions.IsAtRest(status.State))
        {
            status = await WaitAsync(status, cancellationToken);
            await ShowAsync(status);
        }
        return status;

        Task ShowAsync(RunStatus now)
        {
            show(now);
            return observer?.ObserveAsync(now, cancellationToken) ?? Task.CompletedTask;
        }
    }

    private async Task<RunStatus> WaitAsync(RunStatus status, CancellationToken cancellationToken)
    {
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<RunStatus> change = connection.WaitForChangeAsync(status.RunId, status.Version, Patience, cancellationToken);
        Task silence = Task.Delay(Patience + Grace, time, answered.Token);
        if (await Task.WhenAny(change, silence) != change && !cancellationToken.IsCancellationRequested)
            note($"{connection.Description} does not answer; trying on");
        try { return await change; }
        finally { await answered.CancelAsync(); }
    }
}
