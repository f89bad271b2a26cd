namespace LoraCluster.Grains.Trainers;

/// <summary>What a trainer's loop hands things on to.</summary>
/// <param name="Checkpoints">Writes states.</param>
/// <param name="Progress">Passes figures on.</param>
/// <param name="Telemetry">Metrics and traces.</param>
/// <param name="SetStep">Takes the number of steps done, for signs of life.</param>
internal sealed record TrainerPorts(CheckpointSaver Checkpoints, ProgressReporter Progress, Telemetry Telemetry, Action<int> SetStep);
