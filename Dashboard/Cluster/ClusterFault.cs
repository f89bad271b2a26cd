using LoraCluster.Grains;

namespace LoraCluster.Dashboard.Cluster;

/// <summary>What went wrong, for people.</summary>
internal static class ClusterFault
{
    /// <summary>The cluster's own words for a refusal; else that it does not answer, and how that showed.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        ClusterRequestException => exception.Message,
        TimeoutException => "the cluster does not answer in time",
        _ => $"the cluster does not answer: {FirstLine(exception.Message)}",
    };

    private static string FirstLine(string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
