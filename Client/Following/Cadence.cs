using LoraCluster.Grains.Runs;

namespace LoraCluster.Client.Following;

/// <summary>Lets a status through if the state, its reason or an evaluation is new, or if the interval has passed and a step was taken
/// since.</summary>
internal sealed class Cadence(TimeProvider time, TimeSpan interval)
{
    private RunStatus? _shown;
    private long _shownAt;

    public bool IsDue(RunStatus status)
    {
        bool due = _shown is null || _shown.State != status.State || _shown.Reason != status.Reason
            || _shown.Progress.Evaluation?.Step != status.Progress.Evaluation?.Step
            || (status.Progress.Step != _shown.Progress.Step && time.GetElapsedTime(_shownAt) >= interval);
        if (!due) return false;
        _shown = status;
        _shownAt = time.GetTimestamp();
        return true;
    }
}
