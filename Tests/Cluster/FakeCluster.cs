using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Blobs;
using LoraCluster.Grains.Hosting;
using LoraCluster.Grains.Jobs;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;
using LoraCluster.Grains.Trainers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;

namespace LoraCluster.Tests.Cluster;

/// <summary>Silos in this process with fake replicas and a store that outlives them.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private FakeCluster(InProcessTestCluster silos, FakeReplicaFactory replicas, SharedStorage storage) =>
        (Silos, Replicas, Storage) = (silos, replicas, storage);

    public InProcessTestCluster Silos { get; }
    public FakeReplicaFactory Replicas { get; }
    public SharedStorage Storage { get; }
    public IGrainFactory Grains => Silos.Client;

    public static Task<FakeCluster> StartAsync(
        int silos, SharedStorage? storage = null, FakeReplicaFactory? replicas = null, Action<NodeOptions>? configure = null,
        Action<IServiceCollection>? services = null) =>
        StartAsync(silos, storage ?? new SharedStorage(), replicas ?? new FakeReplicaFactory(), configure, real: false, null, services);

    /// <summary>With replicas on real tensors, and a hub of the test's own if one is given.</summary>
    public static Task<FakeCluster> StartRealAsync(int silos, HubFolders? hub = null) =>
        StartAsync(silos, new SharedStorage(), new FakeReplicaFactory(), null, real: true, hub);

    private static async Task<FakeCluster> StartAsync(
        int silos, SharedStorage storage, FakeReplicaFactory replicas, Action<NodeOptions>? configure, bool real,
        HubFolders? hub = null, Action<IServiceCollection>? services = null)
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.ConfigureHost(host => host.Logging.SetMinimumLevel(LogLevel.Warning));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddKeyedSingleton<IGrainStorage>(ClusterGrainsHosting.StateProviderName, storage);
            silo.Services.AddKeyedSingleton<IGrainStorage>(BlobStore.ProviderName, storage);
            if (!real) silo.Services.AddSingleton<ITrainingReplicaFactory>(replicas);
            if (hub is not null) silo.Services.AddSingleton(hub);
            services?.Invoke(silo.Services);
            silo.AddLoraClusterGrains();
            silo.Services.Configure<NodeOptions>(options =>
            {
                options.Threads = 2;
                configure?.Invoke(options);
            });
        });
        builder.ConfigureClient(client => client.AddActivityPropagation());
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return new FakeCluster(cluster, replicas, storage);
    }

    /// <summary>Five steps an epoch of 4, 4, 4, 4 and 2 micro-batches, 20 steps in all.</summary>
    public static RunSpec Spec(int trainers = 2) => new()
    {
        ModelPath = "/models/fake", DatasetPath = "/data/fake", Trainers = trainers, GlobalBatchSize = 16, MicroBatchSize = 4,
        MaxExamples = 70, Epochs = 4, Seed = 7, CheckpointSeconds = 0,
    };

    public async Task<IRunGrain> SubmitAsync(RunSpec spec)
    {
        IRunGrain run = Grains.GetGrain<IRunGrain>(RunIds.Create());
        await run.SubmitAsync(spec);
        return run;
    }

    /// <summary>Waits for a state, by the run's own long poll.</summary>
    public static Task<RunStatus> UntilAsync(IRunGrain run, params RunState[] states) =>
        UntilAsync(run, s => states.Contains(s.State), string.Join(" or ", states));

    public static async Task<RunStatus> UntilAsync(IRunGrain run, Func<RunStatus, bool> wanted, string expected)
    {
        long begin = TimeProvider.System.GetTimestamp();
        RunStatus status = (await run.GetStatusAsync())!;
        while (!wanted(status))
        {
            TimeSpan left = Patience - TimeProvider.System.GetElapsedTime(begin);
            bool over = left <= TimeSpan.Zero || RunTransitions.IsAtRest(status.State);
            Assert.False(over, $"expected: {expected}; actual: {status.State} at step {status.Progress.Step}, {status.Reason}");
            // The run's grain may have lived on a silo that a test has just killed: the call is then repeated, as a client does.
            try { status = await run.WaitForChangeAsync(status.Version, left); }
            catch (Exception e) when (e is SiloUnavailableException or OrleansMessageRejectionException) { }
        }
        return status;
    }

    /// <summary>Waits for a job's state, by its own long poll.</summary>
    public static async Task<JobStatus> UntilAsync(IJobGrain job, Func<JobStatus, bool> wanted, string expected)
    {
        long begin = TimeProvider.System.GetTimestamp();
        JobStatus status = (await job.GetStatusAsync())!;
        while (!wanted(status))
        {
            TimeSpan left = Patience - TimeProvider.System.GetElapsedTime(begin);
            bool over = left <= TimeSpan.Zero || RunTransitions.IsAtRest(status.State);
            Assert.False(over, $"expected: {expected}; actual: {status.State}, {status.Done} of {status.Total}, {status.Reason}");
            try { status = await job.WaitForChangeAsync(status.Version, left); }
            catch (Exception e) when (e is SiloUnavailableException or OrleansMessageRejectionException) { }
        }
        return status;
    }

    public static Task<JobStatus> UntilAsync(IJobGrain job, RunState state) => UntilAsync(job, s => s.State == state, $"{state}");

    public async Task<IJobGrain> SubmitAsync(JobSpec spec)
    {
        IJobGrain job = Grains.GetGrain<IJobGrain>(JobIds.Create(spec.Kind));
        await job.SubmitAsync(spec);
        return job;
    }

    public async Task<RunResult> TrainAsync(RunSpec spec)
    {
        RunStatus status = await UntilAsync(await SubmitAsync(spec), RunState.Completed);
        return status.Result!;
    }

    public async Task<byte[]> DownloadAsync(string artifactId, string file)
    {
        IArtifactGrain artifact = Grains.GetGrain<IArtifactGrain>(artifactId);
        ArtifactManifest manifest = (await artifact.GetManifestAsync())!;
        long length = manifest.Files.Single(f => f.Name == file).Length;
        var bytes = new List<byte>();
        for (int chunk = 0; bytes.Count < length; chunk++) bytes.AddRange(await artifact.ReadChunkAsync(file, chunk));
        return [.. bytes];
    }

    public async ValueTask DisposeAsync()
    {
        Replicas.Release();
        await Silos.DisposeAsync();
    }
}
