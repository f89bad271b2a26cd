namespace LoraCluster.Grains.Benchmarks;

/// <summary>
/// Samples of one quantity, sorted. Quantiles are interpolated between neighbours (Hyndman and Fan 1996, type 7, as numpy and R do by
/// default), so the median of an even number of samples is the mean of the middle two.
/// </summary>
public sealed class Statistics
{
    private readonly double[] _sorted;

    /// <summary>Takes the samples in any order.</summary>
    /// <exception cref="ArgumentException">There is none, or one is no finite number.</exception>
    public Statistics(IEnumerable<double> samples)
    {
        _sorted = [.. samples.Order()];
        if (_sorted.Length == 0) throw new ArgumentException("there are no samples", nameof(samples));
        if (!_sorted.All(double.IsFinite)) throw new ArgumentException("a sample is no finite number", nameof(samples));
    }

    /// <summary>Samples.</summary>
    public int Count => _sorted.Length;

    /// <summary>The middle one.</summary>
    public double Median => Quantile(0.5);

    /// <summary>First quartile.</summary>
    public double LowerQuartile => Quantile(0.25);

    /// <summary>Third quartile.</summary>
    public double UpperQuartile => Quantile(0.75);

    /// <summary>Below it are 95 of 100 samples.</summary>
    public double P95 => Quantile(0.95);

    /// <summary>Below it are 99 of 100 samples.</summary>
    public double P99 => Quantile(0.99);

    /// <summary>Arithmetic mean.</summary>
    public double Mean => _sorted.Average();

    /// <summary>Standard deviation of the population that the samples are from (n - 1); 0 of a single one.</summary>
    public double StandardDeviation =>
        _sorted.Length == 1 ? 0 : Math.Sqrt(_sorted.Sum(x => (x - Mean) * (x - Mean)) / (_sorted.Length - 1));

    /// <summary>Ratios of samples that were taken one after the other: a machine whose speed drifts moves both of a pair.</summary>
    /// <param name="samples">Of the one configuration, in the order in which they were taken.</param>
    /// <param name="baseline">Of the other, as many; above 0.</param>
    /// <exception cref="ArgumentException">Their numbers differ, or there is none.</exception>
    public static Statistics PairedRatios(IReadOnlyList<double> samples, IReadOnlyList<double> baseline) =>
        samples.Count == baseline.Count ? new Statistics(samples.Zip(baseline, (x, y) => x / y))
        : throw new ArgumentException($"{samples.Count} samples have no {baseline.Count} partners", nameof(samples));

    /// <summary>The value below which a share of the samples lies.</summary>
    /// <param name="share">In [0, 1].</param>
    public double Quantile(double share)
    {
        double position = share * (_sorted.Length - 1);
        int below = (int)Math.Floor(position), above = Math.Min(below + 1, _sorted.Length - 1);
        return _sorted[below] + ((_sorted[above] - _sorted[below]) * (position - below));
    }
}
