using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Nodes;

/// <summary>
/// Whether this silo gives up its trainers: it takes no new ones, and the runs of those it has pause after their step and go on
/// elsewhere. An orderly stop of the silo does so first, within a bound.
/// </summary>
internal sealed partial class NodeDrain(TimeProvider time, ILogger<NodeDrain> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>How long a stop waits for the runs to leave: less than the app host waits for the silo.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(8);
    private readonly Lock _lock = new();
    private volatile bool _isDraining;
    private TaskCompletionSource? _idle;
    private int _works;

    /// <summary>True while trainers are to leave. A restarted silo is a new one.</summary>
    public bool IsDraining
    {
        get => _isDraining;
        set => _isDraining = value;
    }

    /// <summary>A trainer or a job's worker is here, until it has ended and told so.</summary>
    public void WorkCame()
    {
        lock (_lock) _works++;
    }

    /// <summary>It has told how it ended.</summary>
    public void WorkWent()
    {
        lock (_lock)
        {
            if (--_works == 0) _idle?.TrySetResult();
        }
    }

    // One stage later than all else, so that stopping begins here, while everything still works.
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(NodeDrain), ServiceLifecycleStage.Active + 1, _ => Task.CompletedTask, StopAsync);

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return;
        _isDraining = true;
        Task idle = WhenIdle();
        if (idle.IsCompleted) return;
        LogWaits(logger);
        try { await idle.WaitAsync(StopPatience, time, cancellationToken); }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException) { LogTooLong(logger); }
    }

    private Task WhenIdle()
    {
        lock (_lock)
        {
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_works == 0) _idle.SetResult();
            return _idle.Task;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo stops: its runs pause after their step and go on elsewhere")]
    private static partial void LogWaits(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every run could leave in time: it fails, and its last checkpoint is kept")]
    private static partial void LogTooLong(ILogger logger);
}
