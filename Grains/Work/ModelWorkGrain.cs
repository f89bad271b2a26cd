using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Placement;
using LoraCluster.Grains.Trainers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace LoraCluster.Grains.Work;

/// <summary>A thin adapter around <see cref="WorkThreads"/>: requests come in here, tensors stay there.</summary>
[PinnedPlacement, GrainDirectory(PinnedGrainDirectory.Name), Immovable, Reentrant]
public sealed class ModelWorkGrain(IServiceProvider services) : Grain, IModelWorkGrain
{
    private readonly WorkThreads _threads = services.GetRequiredService<WorkThreads>();

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderPart> MergeAsync(MergeSpec spec, CancellationToken cancellationToken = default)
    {
        var work = new MergeWork(spec, services.GetRequiredService<AdapterReader>());
        return _threads.RunAsync<FolderPart>("merge", work.Run, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<VerifyPart> VerifyAsync(VerifySpec spec, CancellationToken cancellationToken = default)
    {
        var work = new VerifyWork(spec, services.GetRequiredService<BaseModelCache>(), services.GetRequiredService<HubFolders>(),
            services.GetRequiredService<IOptions<NodeOptions>>());
        return _threads.RunAsync<VerifyPart>("verify", work.Run, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PredictPart> PredictAsync(PredictSpec spec, CancellationToken cancellationToken = default)
    {
        var work = new PredictWork(spec, services.GetRequiredService<ModelOpener>());
        return _threads.RunAsync<PredictPart>("predict", work.Run, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<GeneratePart> GenerateAsync(GenerateSpec spec, CancellationToken cancellationToken = default)
    {
        var work = new GenerateWork(spec, services.GetRequiredService<ModelOpener>());
        return _threads.RunAsync<GeneratePart>("generate", work.Run, cancellationToken);
    }
}
