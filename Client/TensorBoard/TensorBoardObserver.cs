using LoraCluster.Client.Connection;
using LoraCluster.Client.Following;
using LoraCluster.Client.Reports;
using LoraCluster.Grains.Runs;
using LoraCluster.Reports;

namespace LoraCluster.Client.TensorBoard;

/// <summary>Writes a run's event file while it is followed, at most once in two seconds and at the end.</summary>
internal sealed class TensorBoardObserver(string folder, IClusterConnection connection, TimeProvider time, Action<string> note)
    : IRunObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private TensorBoardLog? _log;
    private long? _writtenAt;
    private bool _gaveUp;

    /// <summary>An observer for a folder, or none where none is named.</summary>
    public static TensorBoardObserver? For(string? folder, IClusterConnection connection, TimeProvider time, Action<string> note) =>
        folder is null ? null : new TensorBoardObserver(folder, connection, time, note);

    public async Task ObserveAsync(RunStatus status, CancellationToken cancellationToken)
    {
        bool due = RunTransitions.IsAtRest(status.State) || _writtenAt is not { } last || time.GetElapsedTime(last) >= Interval;
        if (_gaveUp || !due || status.Progress.Step == 0) return;
        _writtenAt = time.GetTimestamp();
        try
        {
            _log ??= TensorBoardLog.Open(folder, status.RunId, time);
            var cluster = new ReportedCluster(connection);
            var run = new ReportedRun(
                status, await StepHistory.ReadAsync(cluster, status.RunId, _log.LastStep + 1, cancellationToken))
            {
                Evaluations = await StepHistory.EvaluationsAsync(cluster, status, cancellationToken),
            };
            _log.Append(run);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run is worth more than its log, which 'client report' writes later from what the cluster keeps.
            _gaveUp = true;
            note($"TensorBoard's files are no longer written: {e.Message}");
        }
    }
}
