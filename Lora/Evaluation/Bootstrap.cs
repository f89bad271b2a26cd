using LoraCluster.Randomness;

namespace LoraCluster.Evaluation;

/// <summary>
/// Confidence intervals by the bootstrap's percentiles (B. Efron, 1979, Bootstrap methods: another look at the jackknife): the rows are
/// drawn anew with replacement, a thousand times, and the middle 95 % of what a figure then is are its interval. A figure of a confusion
/// matrix needs no rows for that: drawing n rows is drawing n times from its cells. The draws follow from a fixed seed, so the same matrix
/// gives the same interval.
/// </summary>
public static class Bootstrap
{
    /// <summary>How often the rows are drawn anew.</summary>
    public const int Resamples = 1000;

    /// <summary>Up to this mean a binomial number is drawn exactly; beyond it, by the normal distribution with the same mean and
    /// variance, whose error is far below the interval's own.</summary>
    private const double MostExact = 200;

    /// <summary>F1 with its interval; null without rows.</summary>
    public static Interval? F1(ConfusionMatrix matrix) => Of(matrix, ConfusionMatrix.F1Of);

    /// <summary>The Matthews correlation with its interval; null without rows.</summary>
    public static Interval? MatthewsCorrelation(ConfusionMatrix matrix) => Of(matrix, ConfusionMatrix.MatthewsOf);

    private delegate double Figure(ReadOnlySpan<long> counts, int classes);

    private static Interval? Of(ConfusionMatrix matrix, Figure figure)
    {
        long[] counts = [.. matrix.Counts];
        if (matrix.Rows == 0) return null;
        double[] figures = new double[Resamples];
        long[] drawn = new long[counts.Length];
        for (int resample = 0; resample < Resamples; resample++)
        {
            Draw(counts, drawn, resample);
            figures[resample] = figure(drawn, matrix.Classes);
        }
        Array.Sort(figures);
        return new Interval(figure(counts, matrix.Classes), Quantile(figures, 0.025), Quantile(figures, 0.975));
    }

    /// <summary>As many rows as there are, from the cells: one binomial number a cell, of the rows and shares that are left.</summary>
    private static void Draw(ReadOnlySpan<long> counts, Span<long> drawn, int resample)
    {
        long left = 0;
        foreach (long count in counts) left += count;
        long rows = left;
        for (int cell = 0; cell < counts.Length; cell++)
        {
            var random = new UniformDraws(resample, cell);
            drawn[cell] = counts[cell] == left ? rows : Binomial(rows, (double)counts[cell] / left, random);
            left -= counts[cell];
            rows -= drawn[cell];
        }
    }

    private static long Binomial(long n, double p, UniformDraws random)
    {
        if (n == 0 || p <= 0) return 0;
        if (p > 0.5) return n - Binomial(n, 1 - p, random);
        if (n * p > MostExact)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.Next())) * Math.Cos(2 * Math.PI * random.Next());
            return Math.Clamp((long)Math.Round(n * p + normal * Math.Sqrt(n * p * (1 - p))), 0, n);
        }
        // Failures before the next success are geometric: as many successes as fit (L. Devroye, 1986, X.4, the first waiting time method).
        double perTrial = Math.Log(1 - p);
        long successes = -1;
        for (double used = 0; used <= n; successes++) used += Math.Floor(Math.Log(1 - random.Next()) / perTrial) + 1;
        return successes;
    }

    /// <summary>Linear between the two nearest values, as numpy's default.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }

    /// <summary>Numbers in [0, 1) of one cell of one resample, as many as are asked for.</summary>
    private sealed class UniformDraws(int resample, int cell)
    {
        private readonly double[] _block = new double[16];
        private int _taken = 16, _blocks;

        public double Next()
        {
            if (_taken == _block.Length)
            {
                new RandomStream(0, RandomPurpose.Resampling, resample, _blocks++, cell).FillUniform(_block);
                _taken = 0;
            }
            return _block[_taken++];
        }
    }
}
