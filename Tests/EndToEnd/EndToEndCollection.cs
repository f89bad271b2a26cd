using LoraCluster.Tests.Browser;

namespace LoraCluster.Tests.EndToEnd;

/// <summary>Each of these starts half a dozen processes: never two at a time, nor beside other tests. Those that look at
/// pages share one browser.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EndToEndCollection : ICollectionFixture<BrowserFixture>
{
    public const string Name = "end to end";
}
