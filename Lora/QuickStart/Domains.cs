namespace LoraCluster.QuickStart;

/// <summary>The domains that the quick start's sentences are about.</summary>
internal static partial class Domains
{
    public static IReadOnlyList<Domain> All { get; } =
    [
        .. new[] { Films, Books, Music, Food, Hotels, Travel, Devices, Clothes, Homes, Service, Courses, Sport }.Select(Domain.Parse),
    ];
}
