using System.Diagnostics;
using LoraCluster.Kernels;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Jobs;

/// <summary>The one thread that does a worker's share of a job, from loading to the end. It may block, since nobody else runs on
/// it.</summary>
internal sealed partial class JobThread
{
    // The others may still be loading: as long as a job's grain waits for them.
    private static readonly TimeSpan StartPatience = TimeSpan.FromHours(1);
    private readonly JobTask _task;
    private readonly IJobWork _work;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<PreparedJob> _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JobOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _stopReason = "";
    private volatile JobProgress? _progress;

    public JobThread(JobTask task, IJobWork work, TimeProvider time, ILogger logger)
    {
        (_task, _work, _time, _logger) = (task, work, time, logger);
        // The caller's context (trace, request) is not taken along: the thread outlives the call.
        var thread = new Thread(Run) { IsBackground = true, Name = FormattableString.Invariant($"{task.JobId} worker {task.Worker}") };
        thread.UnsafeStart();
    }

    /// <summary>Ends when all is loaded, or failed to be.</summary>
    public Task<PreparedJob> Prepared => _prepared.Task;

    /// <summary>Ends when the thread does; never fails.</summary>
    public Task<JobOutcome> Ended => _ended.Task;

    /// <summary>How far it is; null before the first part.</summary>
    public JobProgress? Progress => _progress;

    /// <summary>Lets the work begin.</summary>
    public void Start() => _started.TrySetResult();

    /// <summary>Ends the thread after the part at hand.</summary>
    public void Stop(string reason)
    {
        if (_stop.IsCancellationRequested) return;
        _stopReason = reason;
        _stop.Cancel();
    }

    private void Run()
    {
        JobOutcome outcome;
        try { outcome = new JobOutcome(PrepareAndCompute()); }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested) { outcome = new JobOutcome(null, _stopReason); }
        catch (Exception e) when (e is UserErrorException or ClusterRequestException) { outcome = new JobOutcome(null, e.Message); }
        catch (Exception e)
        {
            LogFailed(_logger, _task.JobId, _task.Worker, e);
            outcome = new JobOutcome(null, $"{e.GetType().Name}: {e.Message}");
        }
        _prepared.TrySetException(new ClusterRequestException(outcome.Message));
        _ = _prepared.Task.Exception;
        _ended.TrySetResult(outcome with { Progress = _progress });
    }

    private JobPart PrepareAndCompute()
    {
        TorchThreads.Set(_task.Spec.Threads);
        using IJobSession session = _work.Open(_task, _stop.Token);
        _prepared.TrySetResult(session.Prepared);
        try { _started.Task.WaitAsync(StartPatience, _time, _stop.Token).GetAwaiter().GetResult(); }
        catch (TimeoutException) { throw new ClusterRequestException($"worker {_task.Worker} was not started within {StartPatience}"); }
        using Activity? span = Telemetry.StartPhase(TelemetryNames.WorkSpan, _task.JobId, _task.TraceParent)
            ?.SetTag(TelemetryNames.WorkerTag, _task.Worker);
        return session.Compute(progress => _progress = progress, _stop.Token);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Worker {Worker} of {JobId} failed")]
    private static partial void LogFailed(ILogger logger, string jobId, int worker, Exception exception);
}
