namespace LoraCluster.Evaluation;

/// <summary>A value with its 95 % confidence interval.</summary>
/// <param name="Value">The value.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Value, double Low, double High)
{
    /// <summary>The 97.5 % point of the standard normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>
    /// A share of independent rows with Wilson's interval (E. B. Wilson, 1927, Probable inference, the law of succession, and statistical
    /// inference): (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). Unlike p -+ 2 standard errors it stays within
    /// [0, 1] and is not empty at 0 and at n of n.
    /// </summary>
    /// <param name="count">How many have it, 0 to <paramref name="of"/>.</param>
    /// <param name="of">Rows; null is returned for 0.</param>
    public static Interval? OfShare(long count, long of)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(of);
        if (count < 0 || count > of) throw new ArgumentOutOfRangeException(nameof(count), count, "allowed is 0 to the rows");
        if (of == 0) return null;
        double n = of, p = count / n, z2n = Z * Z / n;
        double middle = p + z2n / 2, half = Z * Math.Sqrt(p * (1 - p) / n + z2n / (4 * n));
        // The ends at 0 and n of n are exact; rounding would leave them a little beside.
        double low = count == 0 ? 0 : (middle - half) / (1 + z2n), high = count == of ? 1 : (middle + half) / (1 + z2n);
        return new Interval(p, low, high);
    }
}
