using System.Globalization;
using LoraCluster.Grains.Nodes;
using LoraCluster.Grains.Runs;

namespace LoraCluster.Grains.Submissions;

/// <summary>When someone on a silo last answered, and whether that silo counts as lost.</summary>
internal sealed class SignsOfLife(ActiveNodes nodes, RunTimings timings, TimeProvider time)
{
    private long _answeredAt = time.GetTimestamp();
    private int _refusedInARow;
    private bool _isUnknown;

    /// <summary>An answer came.</summary>
    /// <param name="isKnown">False if it knows nothing of the work: its silo was restarted.</param>
    public void Answered(bool isKnown)
    {
        _answeredAt = time.GetTimestamp();
        _refusedInARow = 0;
        _isUnknown = !isKnown;
    }

    /// <summary>A call met no silo.</summary>
    public void Refused() => _refusedInARow++;

    /// <summary>How the silo was lost; null: it was not.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="begun">True if the work was handed over, so that it must be known there.</param>
    public string? HowLost(SiloAddress silo, bool begun)
    {
        TimeSpan silence = time.GetElapsedTime(_answeredAt);
        return nodes.IsGone(silo) ? "it left the cluster"
            : _refusedInARow >= timings.RefusedPings ? "it cannot be reached"
            : silence > timings.Lease ? string.Create(CultureInfo.InvariantCulture, $"it has not answered for {silence.TotalSeconds:F0} s")
            : _isUnknown && begun ? "it does not know the work any more: it was restarted"
            : null;
    }
}
