using LoraCluster.Grains.Jobs;

namespace LoraCluster.Dashboard.Words;

/// <summary>A share of counted rows.</summary>
internal static class Proportion
{
    private const double Z = 1.959963984540054;

    /// <summary>The share with its 95 % interval (Wilson, 1927), which holds near 0 and 1 as well; null without rows.</summary>
    public static Estimate? Of(long correct, long rows)
    {
        if (rows <= 0) return null;
        double p = (double)correct / rows, z2 = Z * Z / rows;
        double middle = (p + z2 / 2) / (1 + z2);
        double half = Z * Math.Sqrt(p * (1 - p) / rows + z2 / (4.0 * rows)) / (1 + z2);
        return new Estimate(p, Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
