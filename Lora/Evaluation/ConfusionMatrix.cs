namespace LoraCluster.Evaluation;

/// <summary>How many rows of each class were predicted to be of which, and the figures that follow from it alone.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>A matrix.</summary>
    /// <param name="counts">Row-major [true class, predicted class], none negative.</param>
    /// <param name="classes">Classes, 2 or more.</param>
    public ConfusionMatrix(IReadOnlyList<long> counts, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (counts.Count != classes * classes || counts.Any(c => c < 0))
            throw new ArgumentException($"{counts.Count} counts for {classes} classes, or a negative one", nameof(counts));
        (_counts, Classes) = ([.. counts], classes);
    }

    /// <summary>Classes.</summary>
    public int Classes { get; }

    /// <summary>Rows by true and predicted class, row-major.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>Rows.</summary>
    public long Rows => _counts.Sum();

    /// <summary>Rows that were predicted right.</summary>
    public long Correct => Enumerable.Range(0, Classes).Sum(k => _counts[k * Classes + k]);

    /// <summary>
    /// F1 = 2 TP / (2 TP + FP + FN): of two classes that of class 1, of more the plain mean over the classes that occur, as true or as
    /// predicted ones (scikit-learn's f1_score, average binary and macro). A class that is never both is 0, as there. NaN without rows.
    /// </summary>
    public double F1 => F1Of(_counts, Classes);

    /// <summary>
    /// Matthews correlation coefficient in [-1, 1]; of more than two classes Gorodkin's R_K (J. Gorodkin, 2004, Comparing two K-category
    /// assignments by a K-category correlation coefficient): (c s - sum_k p_k t_k) / sqrt((s^2 - sum p_k^2)(s^2 - sum t_k^2)) with s rows,
    /// c of them right, t_k of class k and p_k predicted to be. 0 where only one class occurs on a side, as in scikit-learn. NaN without
    /// rows.
    /// </summary>
    public double MatthewsCorrelation => MatthewsOf(_counts, Classes);

    internal static double F1Of(ReadOnlySpan<long> counts, int classes)
    {
        double sum = 0;
        int present = 0;
        for (int k = classes == 2 ? 1 : 0; k < classes; k++)
        {
            (long of, long predicted) = SumsOf(counts, classes, k);
            if (of + predicted == 0 && classes > 2) continue;
            present++;
            // 2 TP + FP + FN is what is of the class and what is predicted to be.
            if (of + predicted > 0) sum += 2.0 * counts[k * classes + k] / (of + predicted);
        }
        return RowsOf(counts) == 0 ? double.NaN : sum / present;
    }

    internal static double MatthewsOf(ReadOnlySpan<long> counts, int classes)
    {
        double rows = RowsOf(counts), right = 0, products = 0, ofSquares = 0, predictedSquares = 0;
        for (int k = 0; k < classes; k++)
        {
            (double of, double predicted) = SumsOf(counts, classes, k);
            right += counts[k * classes + k];
            products += of * predicted;
            ofSquares += of * of;
            predictedSquares += predicted * predicted;
        }
        if (rows == 0) return double.NaN;
        double spread = (rows * rows - predictedSquares) * (rows * rows - ofSquares);
        return spread <= 0 ? 0 : (right * rows - products) / Math.Sqrt(spread);
    }

    private static (long Of, long Predicted) SumsOf(ReadOnlySpan<long> counts, int classes, int k)
    {
        long of = 0, predicted = 0;
        for (int j = 0; j < classes; j++)
        {
            of += counts[k * classes + j];
            predicted += counts[j * classes + k];
        }
        return (of, predicted);
    }

    private static long RowsOf(ReadOnlySpan<long> counts)
    {
        long rows = 0;
        foreach (long count in counts) rows += count;
        return rows;
    }
}
