using Orleans.GrainDirectory;

namespace LoraCluster.Grains.Placement;

/// <summary>
/// The directory of pinned grains: their keys say where they are, so nothing needs to be stored or asked. That also makes them independent
/// of other silos: the default directory keeps a grain's entry on a silo chosen by hash, and if just that one was lost, the grain cannot be
/// reached until the cluster has agreed that it is dead.
/// </summary>
internal sealed class PinnedGrainDirectory : IGrainDirectory
{
    /// <summary>Name for <see cref="GrainDirectoryAttribute"/>.</summary>
    public const string Name = "pinned";

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(new GrainAddress
    {
        GrainId = grainId, SiloAddress = PinnedKey.SiloOf(grainId.Key.ToString()!), ActivationId = ActivationId.GetDeterministic(grainId),
    });

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Register(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
