using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace LoraCluster.Grains.Placement;

/// <summary>Places a grain on the silo that its key names after the first <c>@</c>: what holds a device must be where the device
/// is.</summary>
[GenerateSerializer, Immutable, Alias("loracluster.PinnedPlacement")]
public sealed class PinnedPlacement : PlacementStrategy;

/// <summary>Marks a grain class as placed by <see cref="PinnedPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PinnedPlacementAttribute() : PlacementAttribute(new PinnedPlacement());

/// <summary>Keys of pinned grains.</summary>
public static class PinnedKey
{
    /// <summary><c>NAME@SILO</c>, the silo in Orleans' parsable form.</summary>
    public static string Create(string name, SiloAddress silo) => $"{name}@{silo.ToParsableString()}";

    /// <summary>The silo that a key names.</summary>
    /// <exception cref="ArgumentException">The key names none.</exception>
    public static SiloAddress SiloOf(string key)
    {
        int at = key.IndexOf('@', StringComparison.Ordinal);
        try
        {
            if (at >= 0) return SiloAddress.FromParsableString(key[(at + 1)..]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new ArgumentException($"'{key}' does not name a silo after '@'", nameof(key), e);
        }
        throw new ArgumentException($"'{key}' does not name a silo after '@'", nameof(key));
    }
}

/// <summary>Finds the silo of a pinned grain, or says clearly that it is gone.</summary>
internal sealed class PinnedPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress silo = PinnedKey.SiloOf(target.GrainIdentity.Key.ToString()!);
        if (Array.IndexOf(context.GetCompatibleSilos(target), silo) >= 0) return Task.FromResult(silo);
        throw new SiloUnavailableException($"silo {silo} is not in the cluster any more; '{target.GrainIdentity.Key}' lived there");
    }
}
