namespace LoraCluster.Dashboard.Curves;

/// <summary>
/// The course of a noisy curve: its mean with weights that fall exponentially into the past, corrected at the begin as in Adam (Kingma
/// and Ba, 2015), over about a fiftieth of the curve.
/// </summary>
internal static class RunningMean
{
    private const int Part = 50;

    /// <summary>A mean for each value; values that are not finite count for nothing, and before the first finite one it is NaN.</summary>
    public static float[] Of(ReadOnlySpan<float> values)
    {
        float[] means = new float[values.Length];
        double keep = Math.Exp(-1.0 / Math.Max(1, values.Length / Part)), sum = 0, weight = 0;
        for (int k = 0; k < values.Length; k++)
        {
            if (float.IsFinite(values[k])) (sum, weight) = (keep * sum + values[k], keep * weight + 1);
            means[k] = weight > 0 ? (float)(sum / weight) : float.NaN;
        }
        return means;
    }
}
