using LoraCluster.Grains.Jobs;

namespace LoraCluster.Grains.Benchmarks;

/// <summary>From samples to the lines of a result.</summary>
internal static class Measured
{
    /// <summary>A quantity that was counted.</summary>
    public static Measurement Once(string configuration, string @case, string quantity, string unit, double value) => new()
    {
        Configuration = configuration, Case = @case, Quantity = quantity, Unit = unit, Median = value, LowerQuartile = value,
        UpperQuartile = value,
    };

    /// <summary>A quantity that was measured again and again.</summary>
    /// <param name="configuration">What was measured.</param>
    /// <param name="case">Under which conditions.</param>
    /// <param name="quantity">Which quantity.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="samples">A sample a round, in their order.</param>
    /// <param name="baseline">Those of the baseline in the same rounds; null: this is the baseline, or there is none.</param>
    public static Measurement Rounds(string configuration, string @case, string quantity, string unit, IReadOnlyList<double> samples,
        IReadOnlyList<double>? baseline = null)
    {
        var statistics = new Statistics(samples);
        Statistics? ratios = baseline is null ? null : Statistics.PairedRatios(samples, baseline);
        return new Measurement
        {
            Configuration = configuration, Case = @case, Quantity = quantity, Unit = unit, Count = statistics.Count,
            Median = statistics.Median, LowerQuartile = statistics.LowerQuartile, UpperQuartile = statistics.UpperQuartile,
            Ratio = ratios?.Median, RatioLowerQuartile = ratios?.LowerQuartile, RatioUpperQuartile = ratios?.UpperQuartile,
        };
    }

    /// <summary>With the tails, which need every single sample.</summary>
    public static Measurement WithTails(this Measurement measurement, IEnumerable<double> every)
    {
        var statistics = new Statistics(every);
        return measurement with
        {
            Count = statistics.Count, Median = statistics.Median, LowerQuartile = statistics.LowerQuartile,
            UpperQuartile = statistics.UpperQuartile, P95 = statistics.P95, P99 = statistics.P99,
        };
    }
}
