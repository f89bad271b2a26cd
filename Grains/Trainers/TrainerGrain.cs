using LoraCluster.Grains.Collectives;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Concurrency;
using Orleans.Placement;

namespace LoraCluster.Grains.Trainers;

/// <summary>A thin adapter around a <see cref="TrainerThread"/>: calls come in here, tensors stay there.</summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable, Reentrant]
public sealed class TrainerGrain(IServiceProvider services, TimeProvider time) : Grain, ITrainerGrain
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(365);
    private static readonly TimeSpan TellingAgainAfter = TimeSpan.FromSeconds(2);
    private const int TellingAttempts = 60;
    private TrainerThread? _thread;

    /// <inheritdoc/>
    public Task<PreparedTrainer> PrepareAsync(TrainerPlan plan)
    {
        if (_thread is null)
        {
            DelayDeactivation(LongestRun);
            Drain.WorkCame();
            _thread = new TrainerThread(plan, services.GetRequiredService<TrainerServices>());
            _ = FollowAsync(plan, _thread);
        }
        return _thread.Prepared;
    }

    /// <inheritdoc/>
    public Task StartAsync(CollectivePlan plan)
    {
        if (_thread is null)
            throw new CollectiveException($"trainer '{this.GetPrimaryKeyString()}' was not prepared, or its silo was restarted");
        _thread.Start(plan);
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
    public Task<TrainerPulse> PingAsync() => Task.FromResult(_thread is null
        ? new TrainerPulse(false, 0, null, Drain.IsDraining)
        : new TrainerPulse(true, _thread.Step, _thread.Ended.IsCompletedSuccessfully ? _thread.Ended.Result : null, Drain.IsDraining));

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_thread is null) return;
        _thread.Stop($"the trainer's silo shuts down ({reason.Description})");
        await ((Task)_thread.Ended).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private NodeDrain Drain => services.GetRequiredService<NodeDrain>();

    // The run's grain may be moving to another silo just now, so it is told again for a while; it also asks by itself.
    private async Task FollowAsync(TrainerPlan plan, TrainerThread thread)
    {
        TrainerOutcome outcome = await thread.Ended;
        IRunLinkGrain run = GrainFactory.GetGrain<IRunLinkGrain>(plan.RunId);
        for (int attempt = 0; attempt < TellingAttempts; attempt++)
        {
            try
            {
                await run.ReportOutcomeAsync(plan.Membership, plan.Worker, outcome);
                break;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException) { await Task.Delay(TellingAgainAfter, time); }
        }
        Drain.WorkWent();
        DelayDeactivation(TimeSpan.Zero);
    }
}
