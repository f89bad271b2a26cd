namespace LoraCluster.Tests.EndToEnd;

/// <summary>Each of these starts half a dozen processes: never two at a time, nor beside other tests.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EndToEndCollection
{
    public const string Name = "end to end";
}
