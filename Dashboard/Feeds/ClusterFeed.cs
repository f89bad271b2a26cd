using LoraCluster.Dashboard.Cluster;
using LoraCluster.Grains.Nodes;

namespace LoraCluster.Dashboard.Feeds;

/// <summary>
/// Looks at the cluster once for all visitors: every second while somebody looks at a page, else every few seconds, so that what happened
/// meanwhile is known. Silos and runs are asked for apart, since one of the two may hang while a silo goes.
/// </summary>
internal sealed partial class ClusterFeed(ICluster cluster, TimeProvider time, ILogger<ClusterFeed> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), IdlePeriod = TimeSpan.FromSeconds(5),
        Patience = TimeSpan.FromSeconds(5), RunsPatience = TimeSpan.FromSeconds(20);
    private readonly Lock publishing = new();
    private readonly SiloRoll silos = new(time);
    private readonly RunRoll runs = new(cluster);
    private TaskCompletionSource attended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool sawSilos, sawRuns;
    private Action? changed;

    /// <summary>The latest view.</summary>
    public ClusterView View { get; private set; } = new();

    /// <summary>Pages that follow.</summary>
    public int Followers => changed?.GetInvocationList().Length ?? 0;

    /// <summary>Calls back on each new view until the result is disposed.</summary>
    public IDisposable Follow(Action onChange)
    {
        lock (publishing)
        {
            changed += onChange;
            attended.TrySetResult();
        }
        return new Subscription(() =>
        {
            lock (publishing)
            {
                changed -= onChange;
                if (changed is null) attended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        });
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RepeatAsync(LookAtSilosAsync, stoppingToken), RepeatAsync(LookAtRunsAsync, stoppingToken));

    /// <summary>One look at the silos.</summary>
    internal async Task LookAtSilosAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeStatus> nodes = await cluster.GetNodesAsync().WaitAsync(Patience, time, cancellationToken);
        Publish(view => view with { Silos = silos.Take(nodes), IsLoaded = (sawSilos = true) && sawRuns });
    }

    /// <summary>One look at the runs.</summary>
    internal async Task LookAtRunsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<RunLine> lines = await runs.LookAsync(cancellationToken).WaitAsync(RunsPatience, time, cancellationToken);
        Publish(view => view with { Runs = lines, IsLoaded = (sawRuns = true) && sawSilos });
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> look, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await look(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: the next look may do better, and the pages say what is wrong until then.
                LogNoAnswer(logger, e);
                Publish(view => view, ClusterFault.Describe(e));
            }
            await RestAsync(stoppingToken);
        }
    }

    private async Task RestAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task visitor = attended.Task;
        if (visitor.IsCompleted) return;
        try { await visitor.WaitAsync(IdlePeriod - Period, time, stoppingToken); }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException) { }
    }

    private void Publish(Func<ClusterView, ClusterView> change, string? fault = null)
    {
        Action? tell;
        lock (publishing)
        {
            ClusterView view = change(View);
            View = view with { Fault = fault, AnsweredAt = fault is null ? time.GetUtcNow() : view.AnsweredAt };
            tell = changed;
        }
        tell?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster did not answer")]
    private static partial void LogNoAnswer(ILogger logger, Exception exception);
}

/// <summary>Ends what it stands for, once.</summary>
internal sealed class Subscription(Action end) : IDisposable
{
    private Action? end = end;

    public void Dispose() => Interlocked.Exchange(ref end, null)?.Invoke();
}
