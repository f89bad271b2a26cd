using LoraCluster.Grains.Artifacts;
using LoraCluster.Grains.Checkpoints;
using Microsoft.Extensions.Logging;

namespace LoraCluster.Grains.Trainers;

/// <summary>What trainers of a silo share.</summary>
internal sealed record TrainerServices(
    ITrainingReplicaFactory Factory, CheckpointStore Checkpoints, ArtifactStore Artifacts, Telemetry Telemetry, IGrainFactory Grains,
    TimeProvider Time, ILogger<TrainerServices> Logger);
