using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace LoraCluster.Grains.Jobs;

/// <summary>A thin adapter around a <see cref="JobThread"/>: calls come in here, tensors stay there.</summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable, Reentrant]
public sealed class JobWorkerGrain(IServiceProvider services, TimeProvider time) : Grain, IJobWorkerGrain
{
    private static readonly TimeSpan LongestJob = TimeSpan.FromDays(365);
    private static readonly TimeSpan TellingAgainAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromMilliseconds(200);
    private const int TellingAttempts = 60;
    private JobThread? _thread;
    private JobProgress? _reported;

    /// <inheritdoc/>
    public Task<PreparedJob> PrepareAsync(JobTask task)
    {
        if (_thread is null)
        {
            DelayDeactivation(LongestJob);
            services.GetRequiredService<NodeDrain>().WorkCame();
            IJobWork work = services.GetRequiredService<JobWorks>().Of(task.Spec);
            _thread = new JobThread(task, work, time, services.GetRequiredService<ILogger<JobThread>>());
            if (task.Lease.Exclusive) services.GetRequiredService<WorkThreads>().Hold(task.JobId);
            IJobLinkGrain job = GrainFactory.GetGrain<IJobLinkGrain>(task.JobId);
            var often = new GrainTimerCreationOptions(ReportPeriod, ReportPeriod) { Interleave = true };
            this.RegisterGrainTimer(_ => TellProgressAsync(job, task.Worker, _thread), often);
            _ = FollowAsync(job, task, _thread);
        }
        return _thread.Prepared;
    }

    /// <inheritdoc/>
    public Task StartAsync()
    {
        if (_thread is null)
            throw new ClusterRequestException($"worker '{this.GetPrimaryKeyString()}' was not prepared, or its silo was restarted");
        _thread.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(string reason)
    {
        _thread?.Stop(reason);
        if (_thread is null) DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<JobPulse> PingAsync() => Task.FromResult(
        new JobPulse(_thread is not null, _thread is { Ended.IsCompletedSuccessfully: true } ? _thread.Ended.Result : null));

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_thread is null) return;
        _thread.Stop($"its silo shuts down ({reason.Description})");
        await ((Task)_thread.Ended).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task TellProgressAsync(IJobLinkGrain job, int worker, JobThread thread)
    {
        if (thread.Progress is not { } progress || progress == _reported || thread.Ended.IsCompleted) return;
        using System.Diagnostics.Activity? quiet = Telemetry.Unsampled();
        try
        {
            await job.ReportProgressAsync(worker, progress);
            _reported = progress;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException) { }
    }

    // The job's grain may be moving to another silo just now, so it is told again for a while; it also asks by itself.
    private async Task FollowAsync(IJobLinkGrain job, JobTask task, JobThread thread)
    {
        JobOutcome outcome = await thread.Ended;
        for (int attempt = 0; attempt < TellingAttempts; attempt++)
        {
            try
            {
                await job.ReportOutcomeAsync(task.Worker, outcome);
                break;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException) { await Task.Delay(TellingAgainAfter, time); }
        }
        if (task.Lease.Exclusive) services.GetRequiredService<WorkThreads>().LetGo(task.JobId);
        services.GetRequiredService<NodeDrain>().WorkWent();
        DelayDeactivation(TimeSpan.Zero);
    }
}
