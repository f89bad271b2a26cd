using OpenTelemetry.Trace;

namespace LoraCluster.ServiceDefaults;

/// <summary>
/// Leaves out the traces of calls that only ask again and again how things stand: signs of life, lists and statuses come by the hundred a
/// minute and would hide the runs. A call inside another trace is kept with it.
/// </summary>
internal sealed class PollingCallSampler : Sampler
{
    private static readonly string[] Polling =
    [
        "/PingAsync", "/ListAsync", "/GetStatusAsync", "/WaitForChangeAsync", "/GetHistoryAsync", "/GetNodesAsync", "/GetLeasesAsync",
        "/NeedsSlotsAsync", "/DescribeAsync",
    ];

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        string name = samplingParameters.Name;
        bool polling = Array.Exists(Polling, ending => name.EndsWith(ending, StringComparison.Ordinal));
        return new SamplingResult(polling ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
