namespace LoraCluster.Grains.Runs;

/// <summary>The one figure that stands for a result, in words.</summary>
internal static class KeyFigures
{
    /// <summary>Of a run; empty without a result.</summary>
    public static string Of(RunResult? result) => result is null ? ""
        : result.Perplexity is { } perplexity ? OfPerplexity(perplexity) : OfAccuracy(result.Accuracy);

    /// <summary>As <c>accuracy 87.7 %</c>; empty where there is none.</summary>
    public static string OfAccuracy(double accuracy) =>
        double.IsFinite(accuracy) ? FormattableString.Invariant($"accuracy {accuracy * 100:0.0} %") : "";

    /// <summary>As <c>perplexity 12.34</c>; empty where there is none.</summary>
    public static string OfPerplexity(double perplexity) =>
        double.IsFinite(perplexity) ? FormattableString.Invariant($"perplexity {perplexity:0.00}") : "";
}
