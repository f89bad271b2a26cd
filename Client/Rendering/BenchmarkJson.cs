using LoraCluster.Grains.Jobs;

namespace LoraCluster.Client.Rendering;

/// <summary>A benchmark as JSON objects: the names here are what scripts rely on.</summary>
internal static class BenchmarkJson
{
    public static JsonLine Measurement(string jobId, Measurement m) => JsonLine.Object()
        .Add("event", "measurement").Add("job", jobId).Add("configuration", m.Configuration).Add("case", m.Case)
        .Add("quantity", m.Quantity).Add("unit", m.Unit).Add("count", m.Count).Add("median", m.Median)
        .Add("lowerQuartile", m.LowerQuartile).Add("upperQuartile", m.UpperQuartile).Add("p95", m.P95).Add("p99", m.P99)
        .Add("ratio", m.Ratio).Add("ratioLowerQuartile", m.RatioLowerQuartile).Add("ratioUpperQuartile", m.RatioUpperQuartile);
}
