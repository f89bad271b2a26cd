using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Following;

/// <summary>Is told of a followed run beside whatever shows it.</summary>
internal interface IRunObserver
{
    /// <summary>The following waits for it.</summary>
    Task ObserveAsync(RunStatus status, CancellationToken cancellationToken);
}
