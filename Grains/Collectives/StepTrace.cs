using System.Diagnostics;

namespace LoraCluster.Grains.Collectives;

/// <summary>
/// The coordinator's part in the traces: the span of a reduction, and which step is traced next. That is decided here, since all trainers
/// then trace the same steps.
/// </summary>
internal sealed class StepTrace(CollectivePlan plan, TimeProvider time)
{
    private const int Share = 100;
    private readonly long _startedAt = time.GetTimestamp();
    private long _tracedAt = time.GetTimestamp();
    private int _decidedStep = -1;
    private bool _tracesNext;
    private Activity? _reduce;

    /// <summary>A contribution came in: the first one of a traced step begins the reduction.</summary>
    public void Contributed(Contribution part)
    {
        if (part.Chunk != 0 || part.Leaves == 0 || _reduce is not null) return;
        Activity? current = Activity.Current;
        _reduce = Telemetry.StartPart(TelemetryNames.ReduceSpan)?.SetTag(TelemetryNames.RunTag, plan.RunId)
            .SetTag(TelemetryNames.StepTag, part.Step + 1);
        Activity.Current = current;
    }

    /// <summary>A chunk is reduced: the last one ends the reduction.</summary>
    public void Reduced(ReducedChunk chunk)
    {
        if (chunk.Chunk != plan.Chunks - 1 || _reduce is null) return;
        Telemetry.Stop(_reduce);
        _reduce = null;
    }

    /// <summary>True if the step after this chunk's is to be traced; the same whenever it is asked.</summary>
    public bool TracesAfter(ReducedChunk chunk)
    {
        if (chunk.Chunk != 0 || chunk.Leaves == 0) return false;
        if (chunk.Step > _decidedStep)
        {
            _decidedStep = chunk.Step;
            _tracesNext = time.GetElapsedTime(_tracedAt) >= Period();
            if (_tracesNext) _tracedAt = time.GetTimestamp();
        }
        return chunk.Step == _decidedStep && _tracesNext;
    }

    // The longer the run, the fewer, so that the trace of a long one can still be read.
    private TimeSpan Period()
    {
        TimeSpan share = time.GetElapsedTime(_startedAt) / Share;
        return share > Telemetry.TracePeriod ? share : Telemetry.TracePeriod;
    }
}
