using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Benchmarks;
using LoraCluster.Grains.Blobs;
using LoraCluster.Grains.Checkpoints;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Scheduling;
using LoraCluster.Grains.Storage;
using LoraCluster.Grains.Trainers;
using LoraCluster.Grains.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace LoraCluster.Grains.Hosting;

/// <summary>Adds the grains of LoraCluster to a silo.</summary>
public static partial class ClusterGrainsHosting
{
    /// <summary>Name of the grain storage provider of states; that of blobs is <see cref="BlobStore.ProviderName"/>.</summary>
    public const string StateProviderName = "Default";

    private static readonly TimeSpan AnnouncePatience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Registers what the grains need. The host adds to it: grain storage under <see cref="StateProviderName"/> and
    /// <see cref="BlobStore.ProviderName"/>, clustering and <see cref="NodeOptions"/>; an <see cref="ITrainingReplicaFactory"/> or
    /// <see cref="RunTimings"/> of its own, if it is registered before.
    /// </summary>
    public static ISiloBuilder AddLoraClusterGrains(this ISiloBuilder builder)
    {
        builder.AddPlacementDirector<PinnedPlacement, PinnedPlacementDirector>();
        builder.AddGrainDirectory(PinnedGrainDirectory.Name, (_, _) => new PinnedGrainDirectory());
        // Where the configuration asks for it Orleans has added it already, and a second time would double each span.
        bool propagates = bool.TryParse(builder.Configuration["Orleans:EnableDistributedTracing"], out bool configured) && configured;
        if (!propagates) builder.AddActivityPropagation();
        builder.AddIncomingGrainCallFilter<RunLogScope>();
        builder.AddStartupTask(AnnounceAsync);
        IServiceCollection services = builder.Services;
        services.AddMetrics();
        services.AddOptions<NodeOptions>();
        services.AddSingleton<IGrainStorageSerializer, StateSerializer>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new RunTimings());
        services.AddSingleton<BlobStore>();
        services.AddSingleton<CheckpointStore>();
        services.AddSingleton<ArtifactStore>();
        services.AddSingleton<ActiveNodes>();
        services.AddSingleton<Telemetry>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloWatch>();
        services.AddSingleton<NodeDrain>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<NodeDrain>());
        services.AddSingleton<TrainerServices>();
        services.AddSingleton<BaseModelCache>();
        services.TryAddSingleton<HubFolders>();
        services.TryAddSingleton<ITrainingReplicaFactory, ReplicaFactory>();
        services.AddSingleton<WorkThreads>();
        services.AddSingleton<AdapterReader>();
        services.AddSingleton<ModelOpener>();
        services.AddSingleton<PredictionStore>();
        services.AddSingleton<JobWorks>();
        services.AddSingleton<IJobWork, EvaluationWork>();
        services.AddSingleton<IJobWork, BenchmarkWork>();
        services.AddSingleton<IBenchmark, AllReduceBenchmark>();
        services.AddSingleton<IBenchmark, InferenceBenchmark>();
        services.AddSingleton<IBenchmark, LoadBenchmark>();
        services.AddSingleton<IBenchmark, PeerBenchmark>();
        services.AddSingleton<IBenchmark, ScalingBenchmark>();
        services.AddSingleton<IBenchmark, TokenizerBenchmark>();
        services.AddSingleton<IBenchmark, TrainingBenchmark>();
        return builder;
    }

    // The scheduler looks for free slots when it hears of a new silo; after a restart of the cluster this is also what wakes it up. If the
    // store is away just now, the silo starts all the same: the scheduler also follows the membership by itself.
    private static async Task AnnounceAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        ISchedulerGrain scheduler = services.GetRequiredService<IGrainFactory>().GetGrain<ISchedulerGrain>(0);
        try { await scheduler.NodeStartedAsync().WaitAsync(AnnouncePatience, cancellationToken); }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotAnnounced(services.GetRequiredService<ILogger<SchedulerGrain>>(), e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not be told that this silo has started")]
    private static partial void LogNotAnnounced(ILogger logger, Exception exception);
}
