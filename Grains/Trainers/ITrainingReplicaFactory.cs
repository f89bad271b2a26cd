using LoraCluster.Grains.Runs;
using LoraCluster.Training;

namespace LoraCluster.Grains.Trainers;

/// <summary>Opens a run's replica on this silo: loads model and data, sharing the frozen base with other trainers of the silo.</summary>
public interface ITrainingReplicaFactory
{
    /// <summary>Called on the trainer's own thread, which owns the replica from then on.</summary>
    /// <exception cref="UserErrorException">Model or data cannot be used here; the message says why.</exception>
    OpenedReplica Open(RunSpec spec, CancellationToken cancellationToken);
}

/// <summary>A replica with the identities of what it was made from.</summary>
/// <param name="Replica">Owned by the caller.</param>
/// <param name="ModelHash">Content hash of the model folder.</param>
/// <param name="DatasetHash">Content hash of the data set folder.</param>
public sealed record OpenedReplica(ITrainingReplica Replica, string ModelHash, string DatasetHash);
